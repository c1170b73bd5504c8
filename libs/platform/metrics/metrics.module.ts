import { Controller, Get, Module, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PrometheusController, PrometheusModule } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { RequireScope } from '../auth/scope-guard.js';
import { HttpMetrics, httpMetricProviders } from './http-metrics.js';

/** Prometheus text at /metrics. Where keys are configured it takes one: its labels say what is traded and how much. */
@ApiExcludeController()
@Controller()
@RequireScope('read')
class MetricsController extends PrometheusController {
  @Get()
  override index(@Res({ passthrough: true }) response: FastifyReply): Promise<string> {
    return super.index(response);
  }
}

// several applications may live in one process; the process has one registry and one set of process metrics
const defaultMetrics = { enabled: register.getSingleMetric('process_cpu_seconds_total') === undefined };

@Module({
  imports: [PrometheusModule.register({ controller: MetricsController, defaultMetrics, path: '/metrics' })],
  providers: [HttpMetrics, ...httpMetricProviders],
  exports: [HttpMetrics],
})
export class MetricsModule {}
