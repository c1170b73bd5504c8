import tseslint from 'typescript-eslint';

/**
 * Results of these differ between Node versions or runs: the engine gives the same bytes everywhere, so that the pure
 * libraries use libs/engine/numerics instead.
 */
const impureMath = [
  'random',
  'pow',
  'exp',
  'expm1',
  'log',
  'log2',
  'log10',
  'log1p',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
]
  .concat(['atan', 'atan2', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'cbrt', 'hypot'])
  .map((property) => ({
    object: 'Math',
    property,
    message: 'Not the same on every Node version: see libs/engine/numerics.',
  }));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', 'data/**'] },
  {
    files: ['apps/**/*.ts', 'apps/**/*.tsx', 'libs/**/*.ts', 'bench/**/*.ts', 'deploy/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // a class whose only job is to carry decorators is how Nest names modules
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    // constructor parameters of injected classes are read at run time: their imports must stay values
    files: ['apps/**/*.ts', 'apps/**/*.tsx', 'libs/platform/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  { files: ['apps/cli/**/*.ts', 'apps/standalone/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['libs/engine/**/*.ts', 'libs/domain/**/*.ts', 'libs/projections/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...impureMath,
        { object: 'Date', property: 'now', message: 'Time is an argument.' },
        { property: 'localeCompare', message: 'Compare code units.' },
        { property: 'toLocaleString', message: 'Not the same everywhere.' },
        { property: 'toLocaleLowerCase', message: 'Not the same everywhere.' },
        { property: 'toLocaleUpperCase', message: 'Not the same everywhere.' },
      ],
      'no-restricted-globals': ['error', { name: 'Intl', message: 'Not the same everywhere.' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "BinaryExpression[operator='**']",
          message: 'Differs between Node versions: multiply, or Math.sqrt.',
        },
        { selector: "AssignmentExpression[operator='**=']", message: 'Differs between Node versions.' },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time is an argument.' },
      ],
    },
  },
  {
    files: ['libs/engine/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-globals': ['error', 'Date', 'Intl'] },
  },
  {
    files: ['**/*.spec.ts', '**/*.contract.ts'],
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },
);
