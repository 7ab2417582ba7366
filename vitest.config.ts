import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    // chDB binds one data directory to a process: every test file gets its own.
    pool: 'forks',
    isolate: true,
    maxWorkers: 2,
    // How long to wait for what must come. On a busy machine it comes late; where all is well nobody waits.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    env: { UV_THREADPOOL_SIZE: '16' },
  },
})
