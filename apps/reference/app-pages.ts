import { configurationPage } from './configuration-page.js';
import { metricsPage } from './metrics-page.js';

/** The generated pages of docs/reference that follow from the processes, by file name. */
export function appPages(): Readonly<Record<string, string>> {
  return { 'configuration.md': configurationPage(), 'metrics.md': metricsPage() };
}
