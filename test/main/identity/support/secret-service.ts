// A keyring of the system for one test: a bus of its own with a Secret Service on it, unlocked, whose keys are in a
// folder of its own.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Whether the programs for it are on this machine. */
export const secretServiceRunsHere =
  process.platform === 'linux' && ['dbus-daemon', 'gnome-keyring-daemon'].every(isThere);

/** A keyring that is running. */
export interface SecretService {
  /** What programs need to find it. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startSecretService(): Promise<SecretService> {
  const home = mkdtempSync(join(tmpdir(), 'secret-service-'));
  const runtime = join(home, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  const surroundings = { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: runtime };
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    env: surroundings,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const stop = async (): Promise<void> => {
    if (bus.exitCode === null && bus.signalCode === null) {
      bus.kill();
      await once(bus, 'exit');
    }
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const [address] = (await once(createInterface(bus.stdout), 'line')) as [string];
    const env = { ...surroundings, DBUS_SESSION_BUS_ADDRESS: address };
    // It goes into the background once it is ready, and ends when its bus does.
    const keyring = spawn('gnome-keyring-daemon', ['--unlock', '--components=secrets'], {
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    keyring.stdin.end('unlocked');
    const [exitCode] = await once(keyring, 'exit');
    if (exitCode !== 0) throw new Error(`gnome-keyring-daemon ended with ${exitCode}`);
    return { variables: { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
