// npm run bench -- NAME [--json]: measures ours beside a peer or a floor. Without a name: the list.
// With --json one line a case: {"bench", "case", "metric", "unit", "ours", "peer", "peer_name", "ratio"}; the ratio is
// how many times better ours is, so larger is better everywhere.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Table from 'cli-table3';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const names = readdirSync(join(root, 'bench'))
  .filter((name) => existsSync(sourceOf(name)))
  .sort();
const args = process.argv.slice(2);
const json = args.includes('--json');
const wanted = args.filter((arg) => !arg.startsWith('-'));
const unknown = [
  ...wanted.filter((name) => !names.includes(name)),
  ...args.filter((arg) => arg.startsWith('-') && arg !== '--json'),
];

if (unknown.length > 0) {
  console.error(
    `There is no ${unknown.join(', ')}. The benchmarks are: ${names.join(', ')}; the only option is --json.`,
  );
  process.exit(2);
}
if (wanted.length === 0) {
  console.log('npm run bench -- NAME [--json], where NAME is one or more of:\n');
  for (const name of names) console.log(`  ${name.padEnd(14)} ${purposeOf(name)}`);
  process.exit(0);
}

compile();
for (const name of wanted) await runBench(name);
// servers that a benchmark started are closed by it; a handle left over must not keep the shell waiting
process.exit(process.exitCode ?? 0);

async function runBench(name) {
  const { bench } = await import(pathToFileURL(join(root, 'dist', 'bench', name, `${name}.bench.js`)).href);
  const rows = [];
  await bench.run((result) => {
    const { case: name, metric, unit, ours, peer, peer_name } = result;
    const row = { bench: bench.name, case: name, metric, unit, ours, peer, peer_name, ratio: ratioOf(result) };
    rows.push(row);
    if (json) console.log(JSON.stringify(row));
  });
  if (!json) printTable(bench.name, rows);
}

/** how many times better ours is */
function ratioOf({ unit, ours, peer }) {
  const lessIsBetter = ['ns', 'us', 'ms', 's', 'bytes', 'KiB', 'MiB', 'bp'].includes(unit);
  return Number((lessIsBetter ? peer / ours : ours / peer).toPrecision(4));
}

function printTable(name, rows) {
  const plain = { head: [], border: [], compact: true };
  const table = new Table({
    head: ['case', 'metric', 'ours', 'peer', 'unit', 'ratio', 'peer is'],
    colAligns: ['left', 'left', 'right', 'right', 'left', 'right', 'left'],
    style: plain,
  });
  for (const row of rows) {
    table.push([row.case, row.metric, shown(row.ours), shown(row.peer), row.unit, `${row.ratio}x`, row.peer_name]);
  }
  console.log(`${name} on ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`);
  console.log(table.toString());
  console.log('A ratio above 1 means ours is better; a floor cannot be beaten, only approached.');
}

function shown(value) {
  return Number(value.toPrecision(4)).toString();
}

function sourceOf(name) {
  return join(root, 'bench', name, `${name}.bench.ts`);
}

/** the first sentence of the comment on what the file exports as `bench` */
function purposeOf(name) {
  const text = readFileSync(sourceOf(name), 'utf8');
  const before = text.slice(0, text.indexOf('export const bench'));
  const comment = /[\s\S]*\/\*\*([\s\S]*?)\*\//.exec(before)?.[1] ?? '';
  const words = comment
    .replace(/^\s*\*\s?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words.split(/(?<=[.])\s/)[0] ?? '';
}

function compile() {
  const swc = join(root, 'node_modules', '.bin', 'swc');
  execFileSync(
    swc,
    ['bench', '--out-dir', 'dist', '--config-file', '.swcrc', '--ignore', '**/*.spec.ts,**/node_modules/**', '--quiet'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}
