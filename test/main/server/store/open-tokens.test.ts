import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { openStore, openTokens } from '#src/main/server/store/index.js';
import { MIGRATIONS, migrate } from '#src/main/server/store/migrations.js';
import { openDatabase } from '#src/main/server/store/open-database.js';
import { codeOf, createRun, TestClock, temporaryFolder, temporaryStore } from './support/stores.js';

const fileIn = (folder: string) => join(folder, 'service.db');

test('the service sees at once what is done beside it, and the other way round', () => {
  const file = fileIn(temporaryFolder());
  const service = temporaryStore(new TestClock(), file);
  using beside = openTokens({ file });
  const { token, secret } = beside.tokens.create({ name: 'CI', scopes: ['run'], networks: ['local'] });
  expect(service.tokens.findBySecret(secret)).toEqual(token);
  const own = service.tokens.create({ name: 'own', scopes: ['read'] });
  expect(beside.tokens.list().map(({ name }) => name)).toContain('own');
  beside.tokens.revoke(token.id);
  beside.tokens.revoke(own.token.id);
  expect(service.tokens.findBySecret(secret)).toBeUndefined();
  expect(service.tokens.findBySecret(own.secret)).toBeUndefined();
  beside.audit.record({ actor: 'command-line', action: 'token.revoke', subject: token.id, details: {} });
  expect(service.audit.read().items).toMatchObject([{ actor: 'command-line', subject: token.id }]);
});

test('the service works on after it was closed, and keeps its lock and its log', async () => {
  const file = fileIn(temporaryFolder());
  const service = temporaryStore(new TestClock(), file);
  const beside = openTokens({ file });
  const { secret } = beside.tokens.create({ name: 'CI', scopes: ['run'] });
  beside.flush();
  beside.close();
  beside.close();
  expect(codeOf(() => beside.tokens.list())).toBe('STORE_CLOSED');
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
  expect(codeOf(() => openStore({ file }))).toBe('STORE_IN_USE');
  const run = createRun(service);
  await service.durable();
  await service.close();
  await using reopened = openStore({ file });
  expect(reopened.runs.get(run).id).toBe(run);
  expect(reopened.tokens.findBySecret(secret)?.name).toBe('CI');
});

test('what was under way is not ended by it: that is for the service to do', async () => {
  const file = fileIn(temporaryFolder());
  const service = temporaryStore(new TestClock(), file);
  const run = createRun(service);
  service.runs.start(run);
  openTokens({ file }).close();
  expect(service.runs.get(run).state).toBe('running');
});

test('a transaction is done whole or not at all', () => {
  using beside = openTokens({ file: fileIn(temporaryFolder()) });
  expect(() =>
    beside.transaction(() => {
      beside.tokens.create({ name: 'CI', scopes: ['run'] });
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(beside.tokens.list()).toEqual([]);
});

test('a store is made when there is none, for its owner only', async () => {
  const file = fileIn(join(temporaryFolder(), 'a', 'b'));
  openTokens({ file }).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await openStore({ file }).close();
});

test('a store of an older version is brought up, unless another process has it open', () => {
  const file = fileIn(temporaryFolder());
  const older = openDatabase(file);
  migrate(older, 1, MIGRATIONS.slice(0, 1));
  expect(codeOf(() => openTokens({ file }))).toBe('STORE_OUTDATED');
  older.close();
  using beside = openTokens({ file });
  expect(beside.audit.read().items).toEqual([]);
});

test('a store of a later version is refused', () => {
  const file = fileIn(temporaryFolder());
  openTokens({ file }).close();
  const database = new Libsql(file);
  database.exec("INSERT INTO versions VALUES (99, 'later', 1)");
  database.close();
  expect(codeOf(() => openTokens({ file }))).toBe('STORE_TOO_NEW');
});

test('what is no store is refused and left as it was', () => {
  const folder = temporaryFolder();
  const text = join(folder, 'text');
  writeFileSync(text, 'some text that is no database, and long enough to be looked at as one');
  expect(codeOf(() => openTokens({ file: text }))).toBe('STORE_INVALID');
  const foreign = join(folder, 'foreign.db');
  const database = new Libsql(foreign);
  database.exec('CREATE TABLE things (name TEXT)');
  onTestFinished(() => {
    database.close();
  });
  expect(codeOf(() => openTokens({ file: foreign }))).toBe('STORE_INVALID');
  expect(database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()).toMatchObject({ count: 1 });
});
