// Is a plugin that computes as quick as under wasmtime? A billion steps of a linear congruential generator.
import { buildGuestFrom } from '../fixtures/guests.mjs';
import { icpCliRunsHere, installIcpCli } from '../scripts/icp-cli.mjs';
import { startNetwork } from './support/network.mjs';
import { writeProject } from './support/project.mjs';
import { inTurn, median, report, size } from './support/report.mjs';

const MILLIONS = size(1000, 5);
const ROUNDS = size(5, 1);
const MULTIPLIER = 6364136223846793005n;
const INCREMENT = 1442695040888963407n;

/** The plugin fails unless it ends where the generator must be after that many steps. */
const plugin = await buildGuestFrom(`;; Steps a generator a million times the parameter.

(func $run (result i32)
  (local $left i64) (local $state i64) (local $millions i32)
  (local.set $millions (call $parameter (i32.const 0)))
  (local.set $left (i64.mul (i64.extend_i32_u (local.get $millions)) (i64.const 1000000)))
  (if (i64.eqz (local.get $left)) (then (return (call $ok))))
  (loop $again
    (local.set $state
      (i64.add (i64.mul (local.get $state) (i64.const ${MULTIPLIER})) (i64.const ${INCREMENT})))
    (br_if $again (i64.ne (local.tee $left (i64.sub (local.get $left) (i64.const 1))) (i64.const 0))))
  (if (i64.ne (local.get $state) (i64.const ${BigInt.asIntN(64, stateAfter(BigInt(MILLIONS) * 1_000_000n))}))
    (then (return (call $error (text "computed wrongly")))))
  (call $ok))
`);
const network = await startNetwork(1);
const [idle, busy] = [await writeProject(network, plugin, 0), await writeProject(network, plugin, MILLIONS)];
const icpCli = icpCliRunsHere ? installIcpCli() : undefined;
try {
  await idle.sandpool();
  // Whole commands; what remains when the same command without a step is taken off is the computing.
  const values = await inTurn(ROUNDS, {
    idle: () => idle.sandpool(),
    busy: () => busy.sandpool(),
    ...(icpCli && { idleIcpCli: () => idle.icpCli(icpCli), busyIcpCli: () => busy.icpCli(icpCli) }),
  });
  const ours = values.busy.map((each) => each - median(values.idle));
  const theirs = icpCli ? values.busyIcpCli.map((each) => each - median(values.idleIcpCli)) : [];
  report({
    question: `${MILLIONS} million steps of a 64-bit linear congruential generator`,
    figures: [
      { name: 'sandpool', unit: 'ms', values: ours },
      { name: 'icp-cli', unit: 'ms', values: theirs },
      { name: 'ratio', unit: 'times', values: icpCli ? [median(ours) / median(theirs)] : [], atMost: 1.05 },
    ],
    remarks: [
      'The engine goes on in the code in which it entered a loop, and first compiles quickly; a function that is called again gets optimised code. This guest is one loop.',
    ],
  });
} finally {
  await idle.remove();
  await busy.remove();
  await network.close();
}

/** By doubling: n steps are one step with other constants. */
function stateAfter(steps) {
  const mask = (1n << 64n) - 1n;
  let [multiplier, increment, state] = [MULTIPLIER, INCREMENT, 0n];
  for (let left = steps; left > 0n; left >>= 1n) {
    if (left & 1n) state = (state * multiplier + increment) & mask;
    increment = ((multiplier + 1n) * increment) & mask;
    multiplier = (multiplier * multiplier) & mask;
  }
  return state;
}
