/** Who may import whom. Adapters meet only in apps; the pure libraries import nothing impure. */
const lib = (name) => `^libs/${name}/`;
const tests = '[.](spec|contract|bench)[.]ts$';

/** the other libs that a lib may not import, outside its tests */
const only = (name, allowed) => ({
  name: `${name}-imports-${allowed.length ? allowed.join('-and-') : 'nothing'}`,
  severity: 'error',
  comment: `libs/${name} may import ${allowed.length ? allowed.map((a) => `#${a}`).join(', ') : 'no other library'}`,
  from: { path: lib(name), pathNot: tests },
  to: { path: '^libs/', pathNot: [name, ...allowed].map(lib) },
});

module.exports = {
  forbidden: [
    only('engine', []),
    only('domain', ['engine']),
    only('projections', ['domain', 'engine']),
    only('contracts', ['domain', 'engine']),
    only('reference-solver', ['engine']),
    only('platform', ['domain', 'contracts']),
    only('event-store', ['domain', 'contracts', 'platform']),
    only('audit', ['domain', 'platform']),
    only('messaging', ['domain', 'contracts', 'platform', 'event-store']),
    only('read-models', ['domain', 'contracts', 'platform', 'projections']),
    only('learning', ['engine']),
    only('market-data', ['domain', 'contracts', 'platform', 'engine']),
    {
      name: 'pure-libs-import-no-packages',
      severity: 'error',
      comment: 'engine, domain and projections are pure: no Node modules, no packages',
      from: { path: '^libs/(engine|domain|projections)/', pathNot: tests },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'enter-by-the-index',
      severity: 'error',
      comment: 'A library is entered through its index.ts',
      from: { path: '^(apps|libs|bench)/([^/]+)/' },
      to: { path: '^libs/([^/]+)/', pathNot: ['^libs/[^/]+/index[.]ts$', '^libs/$2/'] },
    },
    {
      name: 'libs-know-no-apps',
      severity: 'error',
      from: { path: '^libs/', pathNot: tests },
      to: { path: '^(apps|bench)/' },
    },
    {
      name: 'tests-only',
      severity: 'error',
      comment: 'libs/testing is for tests and benchmarks',
      from: { path: '^(apps|libs)/', pathNot: [tests, '^libs/testing/'] },
      to: { path: lib('testing') },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-missing', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^pulsar-client$' } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
