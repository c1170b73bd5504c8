import { Controller, Get, Injectable, Module, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type HealthCheckResult, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { RequireScope } from '../auth/scope-guard.js';
import { ProblemException } from '../http/problem-exception.js';

/** Resolves when what it asks is fit for work; rejects, or resolves to what is wrong, when not. */
export type ReadinessCheck = () => Promise<string | void>;

const CHECK_TIMEOUT_MS = 2_000;

/** Modules register here what must be fit before this process takes requests. */
@Injectable()
export class ReadinessChecks {
  private readonly checks = new Map<string, ReadinessCheck>();

  register(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  entries(): readonly (readonly [string, ReadinessCheck])[] {
    return [...this.checks];
  }
}

@ApiExcludeController()
@Controller('health')
@RequireScope('public')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly checks: ReadinessChecks,
  ) {}

  /** The process runs and its event loop turns. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(): Promise<HealthCheckResult> {
    try {
      return await this.health.check(
        this.checks.entries().map(
          ([name, check]) =>
            () =>
              this.indicate(name, check),
        ),
      );
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { status, details } = error.getResponse() as HealthCheckResult;
      throw new ProblemException('not-ready', { detail: describe(status, details), extensions: { checks: details } });
    }
  }

  private async indicate(name: string, check: ReadinessCheck) {
    const session = this.indicators.check(name);
    const wrong = await withinTimeout(check()).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    return typeof wrong === 'string' ? session.down({ message: wrong }) : session.up();
  }
}

function describe(status: string, details: HealthCheckResult['details']): string {
  if (status === 'shutting_down') return 'The process is shutting down.';
  const down = Object.entries(details).filter(([, detail]) => detail.status !== 'up');
  return down.map(([name, detail]) => `${name}: ${String(detail['message'])}`).join('; ');
}

function withinTimeout<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const timeout = new Promise<never>((_, rejectWith) => {
    timer = setTimeout(() => rejectWith(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [ReadinessChecks],
  exports: [ReadinessChecks],
})
export class HealthModule {}
