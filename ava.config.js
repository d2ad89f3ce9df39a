export default {
  files: ['dist/test/**/*.test.js'],
  // Reactors are Workers of their own and pin threads: a process for each test file.
  workerThreads: false,
  nodeArguments: ['--enable-source-maps'],
  timeout: '2m',
  concurrency: 2,
};
