import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const lazyPackages = ['^prom-client$', '^re2js$', '^winston$', '^@opentelemetry/'];

const processEnv = {
  object: 'process',
  property: 'env',
  message: 'Only src/runtime/environment.ts reads the environment.',
};
const importedEnv = {
  name: 'node:process',
  importNames: ['env'],
  message: processEnv.message,
};
const rootContainer = {
  name: 'tsyringe',
  importNames: ['container'],
  message: "Only src/runtime/container.ts knows tsyringe's root container.",
};
const extensions = { regex: '^\\.{1,2}/.*\\.[cm]?[jt]s$', message: 'Relative imports have no extension.' };

/** Type-checked by the given projects; each file belongs to one of them. */
function typeChecked(...project) {
  return { parserOptions: { project, tsconfigRootDir: import.meta.dirname } };
}

export default defineConfig(
  globalIgnores(['**/dist/', 'coverage/', 'docs/api/', 'var/', 'bench/results/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  {
    files: ['**/*.{js,mjs,ts}'],
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': true, 'ts-nocheck': true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      // An async method of an interface need not await anything.
      '@typescript-eslint/require-await': 'off',
    },
  },

  {
    files: ['src/**/*.ts'],
    languageOptions: typeChecked('tsconfig.json'),
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-require-imports': ['error', { allow: lazyPackages }],
      'no-restricted-imports': ['error', { paths: [importedEnv, rootContainer], patterns: [extensions] }],
      'no-restricted-properties': ['error', processEnv],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'List the exported names one by one.' },
      ],
    },
  },
  {
    files: ['src/runtime/environment.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: [rootContainer], patterns: [extensions] }],
      'no-restricted-properties': 'off',
    },
  },
  {
    files: ['src/runtime/container.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [importedEnv], patterns: [extensions] }] },
  },

  {
    files: ['test/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    languageOptions: typeChecked('test/tsconfig.standard.json', 'test/tsconfig.legacy.json'),
  },
  { files: ['examples/**/*.ts'], languageOptions: typeChecked('examples/tsconfig.json') },
  { files: ['bench/**/*.ts'], languageOptions: typeChecked('bench/tsconfig.json') },
  {
    files: ['test/types/**/*.ts'],
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': false }],
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
  // Each sub-folder of the fixtures stands on its own, outside of our projects.
  { files: ['test/fixtures/*/**/*.ts'], extends: [tseslint.configs.disableTypeChecked] },
);
