export default {
  files: ['dist/test/**/*.test.js'],
  // Reactors are Workers of their own and pin threads: a process for each test file.
  workerThreads: false,
  nodeArguments: ['--enable-source-maps'],
  timeout: '2m',
  // Two at a time would disturb the tests that time I/O.
  concurrency: 1,
};
