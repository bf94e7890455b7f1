import { adoptLogger, loggerShapeOf } from '../logging/adopt-logger';
import type { Logger } from '../logging/logger';
import { WinstonLogger } from '../logging/winston-logger';
import { givenBackend, type PartInputs, type Recipe } from './make-part';
import { LOGGER } from './tokens';

/** How to come by the logger. */
export function loggingRecipe({ options, redactor, diagnostics }: PartInputs): Recipe<Logger> {
  const {
    service: { name: service, environment },
    logging: { level, format, stream, path, rotation, logger, required },
  } = options;
  const settings = { level, format, stream, path, rotation, service, environment };
  const tell =
    (where: string) =>
    (error: unknown): void =>
      diagnostics.report('TREFOIL_BACKEND_FAILED', where, error);
  return {
    section: 'logging',
    token: LOGGER,
    option: 'logging.logger',
    given: loggerShapeOf(logger) === undefined ? givenBackend(logger) : { instance: logger as object },
    adopt: (registered) => adoptLogger(registered, { service, environment, redactor, onError: tell('the logger') }),
    alternative: ', or a logger of winston or pino, or with the methods of a console',
    methods: ['log', 'isLevelEnabled', 'flush', 'close'],
    required,
    settings: { ...settings, redaction: options.redaction },
    build: () => {
      const origin = { service, environment, redactor, onWriteError: tell('logging.path') };
      return new WinstonLogger({
        ...origin,
        level,
        format,
        ...(stream === undefined ? {} : { stream }),
        ...(path === undefined ? {} : { path }),
        ...(rotation === undefined ? {} : { rotation }),
      });
    },
    noop: () => new WinstonLogger({ level: 'silent', service, environment }),
  };
}
