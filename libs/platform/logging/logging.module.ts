import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { stdSerializers } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const SECRET_HEADERS = ['authorization', 'x-api-key', 'cookie', 'proxy-authorization'];

/** Probes come every few seconds and say nothing: only their failures are logged. */
const QUIET_PATHS = /^\/(health\/|metrics$)/;

interface LoggedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** middleware may shorten `url` to what is left behind its own path */
  readonly originalUrl?: string;
  readonly headers?: object;
}

const urlOf = (request: LoggedRequest): string => request.originalUrl ?? request.url ?? '';

/** JSON lines on standard output, one a request, each with `request_id`; credentials never appear. */
export function loggingModule(options: { readonly level: LogLevel; readonly service: string }): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: {
      level: options.level,
      base: { service: options.service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_HEADERS.map((name) => `req.headers["${name}"]`), censor: '[redacted]' },
      customAttributeKeys: { reqId: 'request_id', responseTime: 'response_ms' },
      // the id on every line of the request; the request itself only on the line that ends it
      quietReqLogger: true,
      wrapSerializers: false,
      serializers: {
        req: (request: LoggedRequest) => ({ method: request.method, url: urlOf(request), headers: request.headers }),
        res: (response: { statusCode: number }) => ({ status: response.statusCode }),
        err: stdSerializers.err,
      },
      customLogLevel: (request, response) => {
        // an overload is announced, not a defect
        if (response.statusCode >= 500) return response.statusCode === 503 ? 'warn' : 'error';
        return QUIET_PATHS.test(urlOf(request)) ? 'trace' : 'info';
      },
      // the error made up for a 5xx has no news: the problem filter logs what was thrown
      customErrorObject: (_request, _response, _error, value: object) => ({ ...value, err: undefined }),
      customErrorMessage: () => 'request failed',
    },
    forRoutes: ['{*path}'],
  });
}
