import type { Logger } from '../logging/logger';
import { WinstonLogger } from '../logging/winston-logger';
import type { PartInputs, Recipe } from './make-part';
import { LOGGER } from './tokens';

/** How to come by the logger. */
export function loggingRecipe({ options, redactor, diagnostics }: PartInputs): Recipe<Logger> {
  const {
    service: { name: service, environment },
    logging: { level, format, path, required },
  } = options;
  const settings = { level, format, path, service, environment };
  const onWriteError = (error: unknown): void => diagnostics.report('TREFOIL_BACKEND_FAILED', 'logging.path', error);
  return {
    section: 'logging',
    token: LOGGER,
    methods: ['log', 'isLevelEnabled', 'flush', 'close'],
    required,
    settings: { ...settings, redaction: options.redaction },
    build: () => new WinstonLogger({ ...settings, redactor, onWriteError }),
    noop: () => new WinstonLogger({ level: 'silent', service, environment }),
  };
}
