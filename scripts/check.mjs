// The everyday check: types, purity, lint, format, import rules, dead code, tests. One command, one verdict.
// Prints the tests' own output as it goes and ends with `N passed, N failed, N skipped`.
// With --long: the tests that take minutes (`*.long.spec.ts`) instead, and nothing else; with --distributed: those on real servers
// with faults (`*.distributed.spec.ts`).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = (name) => join('node_modules', '.bin', name);
const checks = [
  ['types', bin('tsc'), ['-p', 'tsconfig.json', '--noEmit']],
  ['purity', bin('tsc'), ['-p', 'tsconfig.pure.json', '--noEmit']],
  ['console types', bin('tsc'), ['-p', 'apps/console/page', '--noEmit']],
  ['lint', bin('eslint'), ['.', '--max-warnings', '0']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['import rules', bin('depcruise'), ['apps', 'libs', 'bench', '--config', '.dependency-cruiser.cjs']],
  ['dead code', bin('knip'), []],
  ['build', 'npm', ['run', '--silent', 'build']],
];

const LEVELS = ['long', 'distributed'];
const level = LEVELS.find((name) => process.argv.includes(`--${name}`));
const testsOf = (levels) => `[.](${levels.join('|')})[.]spec[.]ts$`;
const totals = { passed: 0, failed: 0, skipped: 0 };

if (level !== undefined) {
  await inTurn(checks.filter(([name]) => name === 'build'));
} else {
  // lint takes as long as the others together, and there are two cores at least
  await Promise.all([
    inTurn(checks.filter(([name]) => name === 'lint')),
    inTurn(checks.filter(([name]) => name !== 'lint')),
  ]);
}

const folder = mkdtempSync(join(tmpdir(), 'coordination-check-'));
try {
  const report = join(folder, 'jest.json');
  const { code } = await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      join('node_modules', 'jest', 'bin', 'jest.js'),
      // each worker has servers of its own, and they want a core too
      `--maxWorkers=${level === 'distributed' ? 1 : 2}`,
      '--json',
      `--outputFile=${report}`,
      ...(level === undefined
        ? ['--testPathIgnorePatterns', testsOf(LEVELS)]
        : ['--testPathPatterns', testsOf([level])]),
      ...process.argv.slice(2).filter((argument) => argument !== `--${level}`),
    ],
    'inherit',
  );
  count(JSON.parse(readFileSync(report, 'utf8')), code);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;

async function inTurn(list) {
  for (const [name, command, args] of list) {
    const started = performance.now();
    const { code, output } = await run(command, args, 'pipe');
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (code !== 0) console.log(output.trimEnd());
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
    totals[code === 0 ? 'passed' : 'failed'] += 1;
  }
}

function count(results, code) {
  totals.passed += results.numPassedTests;
  totals.failed += results.numFailedTests;
  totals.skipped += results.numPendingTests + results.numTodoTests;
  // a file that does not load runs no test, but it is a failure all the same
  totals.failed += results.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  if (code !== 0 && totals.failed === 0) totals.failed += 1;
}

function run(command, args, stdio) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', stdio, stdio],
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: signal ? 1 : (code ?? 1), output }));
  });
}
