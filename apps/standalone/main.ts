import { setTimeout as sleep } from 'node:timers/promises';
import { runProcess, stopOnSignals } from '#platform';
import { type DemonstrationMaterial, demonstrationMaterial, DemonstrationRun, isNewFolder } from './demonstrate.js';
import { addressText, contentText, demonstrationText } from './greeting.js';
import { HELP, standaloneSettings } from './settings.js';
import { startStandalone } from './standalone.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const WIDTH = process.stdout.columns ?? 160;

/** Everything in one process: starts, shows itself once, serves until it is stopped. */
await runProcess(async () => {
  const settings = standaloneSettings(process.argv.slice(2), process.env);
  if (settings === null) return say(HELP.trimEnd());
  // while the databases of a new folder start, this thread has nothing else to do
  const early = settings.DEMO === 'on' && isNewFolder(settings.DATA_DIR) ? materialSoon() : null;
  const service = await startStandalone(settings);
  const demonstration = new DemonstrationRun(service, settings.DATA_DIR);
  stopOnSignals(demonstration, [service.app, ...service.resources], settings.SHUTDOWN_TIMEOUT_MS);
  for (const notice of service.notices) say(notice);

  const seconds = (): number => process.uptime();
  if (settings.DEMO === 'off' || !(await demonstration.isDue())) {
    say(await contentText(service));
    return say(addressText(service.url, settings.DATA_DIR, seconds(), null));
  }
  const bars = await demonstration.run((await early) ?? demonstrationMaterial(), (result) => {
    say(demonstrationText(result, WIDTH));
    say(addressText(service.url, settings.DATA_DIR, seconds(), result.response.coordination_id));
  });
  if (bars !== null) say(`The demonstration is complete: its ${bars} daily bars are stored.`);
});

/** After the databases' processes were started, which is what takes longest. */
async function materialSoon(): Promise<DemonstrationMaterial> {
  await sleep(300);
  return demonstrationMaterial();
}
