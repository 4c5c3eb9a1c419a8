// The commands and their options, as commander takes them; what each does is in a file of its own, loaded when it
// is called. Whatever goes wrong ends here, as one message and one exit code.

import { Command, CommanderError, Option } from 'commander';
import { SandpoolError } from '../../bridge/errors.js';
import { MANAGED_PROXY } from '../project/network-manifest.js';
import { errorReport, type SyncEvent } from '../sync/sync-events.js';
import { type Detail, writeFailure } from './failure.js';
import { leaveWith } from './interruption.js';
import { address, collected, principal, principalOr, rootKey, wholeNumber } from './option-values.js';
import { packageVersion } from './package-version.js';
import { processTerminal, type Stream, type Terminal } from './terminal.js';

/** Runs the command that `words` are, and sets the exit code of the process. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const terminal = processTerminal();
  const outcome: { exitCode: number } = { exitCode: 0 };
  const json = words.includes('--json');
  const detail = words.includes('--debug') ? 'stack' : 'message';
  // A defect: what state things are in nobody knows, so the process ends here, but says so as it says all else.
  process.once('uncaughtException', (thrown) => {
    terminal.stderr.endRegion();
    const exitCode = report(thrown, terminal, detail, json);
    void Promise.all([terminal.stdout.flush(), terminal.stderr.flush()]).then(() => process.exit(exitCode));
  });
  // The process is about to end and the command is not done: that is a defect too, and must not pass for success.
  const unfinished = (): never => {
    throw new SandpoolError('INTERNAL', { reason: 'the command waits for what will never come' });
  };
  process.once('beforeExit', unfinished);
  try {
    await program(terminal, (exitCode) => {
      outcome.exitCode = exitCode;
    }).parseAsync([...words], { from: 'user' });
  } catch (thrown) {
    outcome.exitCode = report(thrown, terminal, detail, json);
  }
  await Promise.all([terminal.stdout.flush(), terminal.stderr.flush()]);
  process.removeListener('beforeExit', unfinished);
  leaveWith(outcome.exitCode);
}

/**
 * Does work that will have signatures to check, unless it is done elsewhere or not at all. What checks them takes longest
 * to get ready, so it begins before the code for the work is loaded.
 */
async function withSignatureChecks(
  { dryRun, server = process.env['SANDPOOL_SERVER'] }: { readonly dryRun?: true; readonly server?: string },
  work: () => Promise<void>,
): Promise<void> {
  if (dryRun === true || server) return work();
  const { leaseBls } = await import('../canister/bls-service.js');
  const bls = leaseBls();
  try {
    await work();
  } finally {
    await bls.release();
  }
}

function report(thrown: unknown, terminal: Terminal, detail: Detail, json: boolean): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  const error = thrown instanceof CommanderError ? usage(thrown) : SandpoolError.from(thrown);
  if (json) {
    const event: SyncEvent = {
      time: new Date().toISOString(),
      type: 'error',
      error: errorReport(error),
      exitCode: error.exitCode,
    };
    terminal.stdout.json(event);
  }
  writeFailure(terminal.stderr, error, detail);
  return error.exitCode;
}

function usage(error: CommanderError): SandpoolError {
  // Commander says `error: unknown option '--x'\n(Did you mean --y?)`.
  const problem = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new SandpoolError('USAGE', {
    problem: problem === '(outputHelp)' ? 'a command is missing' : problem,
  });
}

const SERVER = {
  flags: '--server <url>',
  description:
    'sync on the service there; --identity is then a name of its own (default: $SANDPOOL_SERVER, else here)',
};
const TOKEN_FILE = {
  flags: '--token-file <file>',
  description: 'holds the token for the service (default: $SANDPOOL_TOKEN)',
};
const ALLOW_HTTP = {
  flags: '--allow-http',
  description: 'send the token to another machine over http too: on a network that is trusted',
};

function program(terminal: Terminal, done: (exitCode: number) => void): Command {
  const command = new Command('sandpool')
    .description('Runs Internet Computer sync plugins, many at once, each in a sandbox of its own')
    .version(packageVersion(), '--version', 'print the version')
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeLines(terminal.stdout, text),
      writeErr: (text) => writeLines(terminal.stderr, text),
      // Errors are thrown, and told where all errors are.
      outputError: () => {},
    });
  // Told of where they belong, and taken here as well, so that they may come before the command.
  for (const option of [SERVER, TOKEN_FILE, ALLOW_HTTP]) {
    command.addOption(new Option(option.flags, option.description).hideHelp());
  }
  command.hook('preAction', (_, action) => {
    const misplaced = Object.keys(command.opts())[0];
    if (misplaced === undefined || action.name() === 'sync') return;
    throw new SandpoolError('USAGE', { problem: 'a service is for `sandpool sync` alone' });
  });

  command
    .command('sync')
    .description('sync the canisters of an icp-cli project, in parallel')
    .argument('[canisters...]', 'names; all canisters of the environment when none is given')
    .option('-e, --environment <name>', 'the environment (default: $ICP_ENVIRONMENT, else local)')
    .option(
      '--identity <name>',
      'who signs: an identity of icp-cli, or a PEM file (default: that of icp-cli)',
    )
    .option('--identity-password-file <file>', 'holds the password of an encrypted key')
    .option(
      '--proxy <id>',
      "the canister that updates go through; `managed` is a managed network's own",
      principalOr(MANAGED_PROXY, '--proxy'),
    )
    .option('--only-failed', 'only canisters that the last sync of the environment did not get synced')
    .option('--concurrency <count>', 'canisters at once', wholeNumber('--concurrency', 1, 1000))
    .option('--compute-limit <seconds>', 'compute budget of each plugin', wholeNumber('--compute-limit', 1))
    .option('--timeout <seconds>', 'how long each step may take', wholeNumber('--timeout', 1, 1_000_000))
    .option('--fail-fast', 'when a canister fails, start no more and cancel those under way')
    .option('--dry-run', 'say what would be done and granted, and do nothing')
    .option(
      '--project-root-override <folder>',
      'the folder of icp.yaml (default: $ICP_PROJECT_ROOT, else searched upwards)',
    )
    .option('--json', 'print one JSON event a line')
    .option('--plain', 'no colours, nothing drawn over')
    .option('--report <file>', 'write what came of it as one JSON document, however it ends')
    .option('--trace <file>', 'write what took how long, for chrome://tracing or ui.perfetto.dev')
    .option('--no-cache', 'keep nothing on disk between runs of this command')
    .option('--debug', 'show stack traces, and log how each run ended')
    .option(SERVER.flags, SERVER.description)
    .option(TOKEN_FILE.flags, TOKEN_FILE.description)
    .option(ALLOW_HTTP.flags, ALLOW_HTTP.description)
    .action(async (canisters, own) => {
      const options = { ...command.opts(), ...own };
      await withSignatureChecks(options, async () =>
        done(await (await import('./sync-command.js')).syncCommand(canisters, options, terminal)),
      );
    });

  command
    .command('run')
    .description('run one plugin against one canister')
    .argument('<plugin>', 'the file of the component')
    .requiredOption('--canister <id>', 'the canister', principal('--canister'))
    .requiredOption('--network <url>', 'the address of the network', address('--network'))
    .option(
      '--root-key <key>',
      'mainnet, fetch, or 266 hex characters (default: fetch on this machine, else mainnet)',
      rootKey('--root-key'),
    )
    .option(
      '--identity <name>',
      'who signs: an identity of icp-cli, or a PEM file (default: that of icp-cli)',
    )
    .option('--identity-password-file <file>', 'holds the password of an encrypted key')
    .option('--environment <name>', 'what the plugin is told the environment is', 'local')
    .option('--dir <path>', 'a directory it may read; for 0.2 also as NAME=PATH; may be repeated', collected)
    .option('--file <path>', 'a file it is given; for 0.2 also as NAME=PATH; may be repeated', collected)
    .option('--field <name=value>', 'a value it is given (0.2); may be repeated', collected)
    .option('--sha256 <hex>', 'what the plugin must hash to')
    .option('--proxy <id>', 'the canister that updates go through', principal('--proxy'))
    .option('--compute-limit <seconds>', 'compute budget of the plugin', wholeNumber('--compute-limit', 1))
    .option('--timeout <seconds>', 'how long it may take', wholeNumber('--timeout', 1, 1_000_000))
    .option('--dry-run', 'say what would be done and granted, and do nothing')
    .option('--json', 'print one JSON event a line')
    .option('--plain', 'no colours, nothing drawn over')
    .option('--report <file>', 'write what came of it as one JSON document, however it ends')
    .option('--trace <file>', 'write what took how long, for chrome://tracing or ui.perfetto.dev')
    .option('--no-cache', 'keep nothing on disk between runs of this command')
    .option('--debug', 'show stack traces, and log how each run ended')
    .action((plugin, options) =>
      withSignatureChecks(options, async () =>
        done(await (await import('./run-command.js')).runCommand(plugin, options, terminal)),
      ),
    );

  command
    .command('inspect')
    .description('say what a plugin is, and whether it would run here')
    .argument('<plugin>', 'the file of the component')
    .option('--json', 'print one JSON object')
    .option('--debug', 'show stack traces, and log how each run ended')
    .action(async (plugin, options) =>
      done(await (await import('./inspect-command.js')).inspectCommand(plugin, options, terminal)),
    );

  const cache = command
    .command('cache')
    .description(
      'show or remove what is kept on disk: translations of plugins, fetched files and compiled scripts, made or fetched anew when they are missing',
    );
  cache
    .command('ls')
    .description('list what is kept, the latest used first')
    .option('--json', 'print one JSON object')
    .action(async (options) => done(await (await import('./cache-command.js')).listCache(options, terminal)));
  cache
    .command('prune')
    .description('remove what has not been used for longest')
    .option('--keep <mebibytes>', 'how much may stay', wholeNumber('--keep', 0), 0)
    .option('--json', 'print one JSON object')
    .action(async (options) =>
      done(await (await import('./cache-command.js')).pruneCache(options, terminal)),
    );

  const configuration = 'the configuration of the service (default: $SANDPOOL_CONFIG, else ./sandpool.yaml)';
  command
    .command('serve')
    .description('serve uploads, batches and runs over HTTP, and a page to watch them, until interrupted')
    .option('--config <file>', configuration)
    .option('--check', 'say what would be served, and serve nothing')
    .option('--debug', 'show stack traces')
    .action(async (options) =>
      done(await (await import('./serve-command.js')).serveCommand(options, terminal)),
    );

  const token = command
    .command('token')
    .description('make, list or revoke the tokens of a service; it may be running meanwhile');
  token
    .command('create')
    .description('make a token, and print its secret: this once')
    .argument('<name>', 'what it is called in lists')
    .addOption(
      new Option('--scope <scope>', 'what it may do; each includes the one before')
        .choices(['read', 'run', 'admin'])
        .makeOptionMandatory(),
    )
    .option(
      '--identity <name>',
      'an identity that its runs may sign as; `*` is any; may be repeated',
      collected,
    )
    .option('--network <name>', 'a network that its runs may be on; `*` is any; may be repeated', collected)
    .option(
      '--canisters <list>',
      'a list of canisters that its runs may reach; `*` is any canister; may be repeated',
      collected,
    )
    .option('--all-runs', 'it sees the runs of all tokens, as those of scope read and admin do anyway')
    .option('--config <file>', configuration)
    .addOption(new Option('--quiet', 'print the secret and nothing else').conflicts('json'))
    .option('--json', 'print one JSON object')
    .option('--debug', 'show stack traces')
    .action(async (name, options) =>
      done(await (await import('./token-command.js')).createToken(name, options, terminal)),
    );
  token
    .command('list')
    .description('list the tokens, the newest first, without their secrets')
    .option('--config <file>', configuration)
    .option('--json', 'print one JSON object')
    .option('--debug', 'show stack traces')
    .action(async (options) =>
      done(await (await import('./token-command.js')).listTokens(options, terminal)),
    );
  token
    .command('revoke')
    .description('revoke a token: from now on it opens nothing')
    .argument('<id>', 'as `sandpool token list` shows it')
    .option('--config <file>', configuration)
    .option('--json', 'print one JSON object')
    .option('--debug', 'show stack traces')
    .action(async (id, options) =>
      done(await (await import('./token-command.js')).revokeToken(id, options, terminal)),
    );

  command
    .command('localnet')
    .description('run a network on this machine, for trying things, until interrupted')
    .option('--port <port>', 'where to listen; 0 is any that is free', wholeNumber('--port', 0, 65_535))
    .option('--seed <text>', 'what all its keys follow from')
    .option(
      '--canister <kind[:name]>',
      'a canister it has: kv, assets, proxy or test; may be repeated',
      collected,
    )
    .option('--update-latency-ms <ms>', 'how long an update waits', wholeNumber('--update-latency-ms', 0))
    .option('--query-latency-ms <ms>', 'how long a query waits', wholeNumber('--query-latency-ms', 0))
    .option('--round-ms <ms>', 'how long a round lasts', wholeNumber('--round-ms', 0))
    .option('--json', 'print one JSON object')
    .option('--debug', 'show stack traces, and log how each run ended')
    .action(async (options) =>
      done(await (await import('./localnet-command.js')).localnetCommand(options, terminal)),
    );

  return command;
}

function writeLines(stream: Stream, text: string): void {
  for (const line of text.trimEnd().split('\n')) stream.line(line);
}
