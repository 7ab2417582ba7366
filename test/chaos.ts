/** `npm run test:chaos -- --faults 100 --seed 1`: the roles apart through many faults, fault by fault on the screen. */
import { spawn } from 'node:child_process'
import { Command, InvalidArgumentError } from 'commander'

const program = new Command('test:chaos')
  .description(
    'Starts a broker, a warehouse and every role as a process, and lets one fault after the other befall them under load. Exits with 1 on any difference from what an independent reference derives.',
  )
  .option('--faults <number>', 'how many; a hundred take about an hour', wholeNumber, 100)
  .option('--seed <number>', 'what is sent and how long each fault lasts', wholeNumber, newSeed())
  .addHelpText('after', '\nExample:\n  $ npm run test:chaos -- --faults 100 --seed 1')
  .parse()

const { faults, seed } = program.opts<{ faults: number; seed: number }>()
console.log(
  `${faults} faults, seed ${seed}: npm run test:chaos -- --faults ${faults} --seed ${seed}`,
)
const vitest = spawn(
  'vitest',
  ['run', 'test/survival/roles.test.ts', '--reporter=verbose', '--disable-console-intercept'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      PARCOURS_TEST_FAULTS: String(faults),
      PARCOURS_TEST_SEED: String(seed),
      // Where there is no broker it would be skipped, which is no pass here.
      PARCOURS_TEST_CHAOS: 'required',
    },
  },
)
vitest.once('error', (error) => {
  console.error(`vitest cannot be run: ${error.message}. Run it as npm run test:chaos.`)
  process.exitCode = 1
})
vitest.once('exit', (code) => (process.exitCode = code === 0 ? 0 : 1))

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function newSeed(): number {
  return Date.now() % 1_000_000
}
