import { readEnvironment } from '../../src/runtime/environment';
import { resolveOptions } from '../../src/runtime/options';
import { resourceAttributes } from '../../src/runtime/resource-attributes';

const attributesWith = (variables: Readonly<Record<string, string>>) =>
  resourceAttributes(
    resolveOptions({ service: { version: '1.4.0', environment: 'test' } }, readEnvironment(variables)),
  );

it('tells processes apart, and names version and environment', () => {
  const attributes = attributesWith({});
  expect(attributes).toEqual({
    'service.instance.id': expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as string,
    'service.version': '1.4.0',
    'deployment.environment.name': 'test',
  });
  expect(attributesWith({})).toEqual(attributes);
});

it('takes the instance that the environment names', () => {
  const attributes = attributesWith({ OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=pod-7,team=orders' });
  expect(attributes).toMatchObject({ 'service.instance.id': 'pod-7', team: 'orders' });
});
