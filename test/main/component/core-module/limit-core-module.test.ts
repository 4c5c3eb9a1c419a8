import { describe, expect, test } from 'vitest';
import { GrowthRequest } from '#src/bridge/growth-import.js';
import { limitCoreModule } from '#src/main/component/core-module/limit-core-module.js';
import { assemble, both, growthHost, instantiate, isValid } from './support/modules.js';

const { claimPages, releasePages, claimElements, releaseElements } = GrowthRequest;

const GROWING = `
  (memory (export "memory") 1 10)
  (table $t (export "table") 2 20 externref)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "growTable") (param i32) (result i32) (table.grow $t (ref.null extern) (local.get 0)))`;

describe('growth', () => {
  const start = (answer?: (request: number, amount: number) => number) => {
    const host = growthHost(answer);
    const limited = limitCoreModule(assemble(GROWING));
    expect(limited.asksToGrow).toBe(true);
    const { grow, growTable, memory, table } = instantiate(limited.bytes, host.imports) as never as {
      grow(pages: number): number;
      growTable(elements: number): number;
      memory: WebAssembly.Memory;
      table: { readonly length: number };
    };
    return { host, grow, growTable, pages: () => memory.buffer.byteLength / 65_536, table };
  };

  test('asks, and gives the size before', () => {
    const { host, grow, growTable, pages, table } = start();
    expect([grow(3), grow(2), pages()]).toEqual([1, 4, 6]);
    expect([growTable(5), growTable(1), table.length]).toEqual([2, 7, 8]);
    expect(host.asked).toEqual([
      [claimPages, 3],
      [claimPages, 2],
      [claimElements, 5],
      [claimElements, 1],
    ]);
  });

  test('by nothing gives the size, and asks nobody', () => {
    const { host, grow, growTable } = start();
    expect([grow(0), growTable(0)]).toEqual([1, 2]);
    expect(host.asked).toEqual([]);
  });

  test('that the host refuses gives -1 and changes nothing', () => {
    const { host, grow, growTable, pages, table } = start(() => 0);
    expect([grow(1), growTable(1), pages(), table.length]).toEqual([-1, -1, 1, 2]);
    expect(host.asked).toEqual([
      [claimPages, 1],
      [claimElements, 1],
    ]);
  });

  test('that the engine refuses is given back', () => {
    const { host, grow, growTable, pages, table } = start();
    expect([grow(10), grow(-1), growTable(19), growTable(-1)]).toEqual([-1, -1, -1, -1]);
    expect([pages(), table.length]).toEqual([1, 2]);
    expect(host.asked).toEqual([
      [claimPages, 10],
      [releasePages, 10],
      [claimPages, 0xffff_ffff],
      [releasePages, 0xffff_ffff],
      [claimElements, 19],
      [releaseElements, 19],
      [claimElements, 0xffff_ffff],
      [releaseElements, 0xffff_ffff],
    ]);
  });

  test('of each table asks for its own, with its own elements', () => {
    const host = growthHost();
    const limited = limitCoreModule(
      assemble(`
        (table $a 1 funcref) (table $b 2 externref) (elem declare func $one)
        (func $one (result i32) (i32.const 1))
        (func (export "a") (result i32) (table.grow $a (ref.func $one) (i32.const 3)))
        (func (export "b") (param externref) (result i32) (table.grow $b (local.get 0) (i32.const 4)))
        (func (export "callA") (param i32) (result i32) (call_indirect $a (result i32) (local.get 0)))
        (func (export "getB") (param i32) (result externref) (table.get $b (local.get 0)))`),
    );
    const guest = instantiate(limited.bytes, host.imports);
    const value = {};
    expect([guest['a']?.(), guest['b']?.(value)]).toEqual([1, 2]);
    expect([guest['callA']?.(3), guest['getB']?.(5)]).toEqual([1, value]);
    expect(host.asked).toEqual([
      [claimElements, 3],
      [claimElements, 4],
    ]);
  });
});

describe('what the module does stays', () => {
  test('wherever functions are named by index', () => {
    const called: number[] = [];
    const imports = () => ({ e: { note: (value: number) => void called.push(value) } });
    const bytes = assemble(`
      (import "e" "note" (func $note (param i32)))
      (type $number (func (result i32)))
      (memory 1)
      (table $t (export "table") 20 funcref)
      (table $e 20 externref)
      (global $g (export "global") funcref (ref.func $two))
      (global $n funcref (ref.func $note))
      (func $one (export "one") (result i32) (i32.const 1))
      (func $two (export "two") (result i32) (i32.const 2))
      (func $start (call $note (i32.const 40)))
      (func $grow (export "grow") (result i32) (memory.grow (i32.const 1)))
      (func (export "three") (result i32) (i32.add (call $one) (call $two)))
      (func (export "tail") (result i32) (return_call $two))
      (func (export "at") (param i32) (result i32) (call_indirect $t (type $number) (local.get 0)))
      (func (export "put") (table.set $t (i32.const 19) (ref.func $two)))
      (func (export "init") (table.init $t $passive (i32.const 10) (i32.const 0) (i32.const 2))
        (table.init $t $passiveExpressions (i32.const 12) (i32.const 0) (i32.const 2)))
      (export "note" (func $note))
      (start $start)
      (elem (i32.const 0) func $one $two)
      (elem $passive func $two $one)
      (elem (table $t) (i32.const 2) func $one $two)
      (elem $declared declare func $two)
      (elem (i32.const 4) funcref (ref.func $two) (ref.null func))
      (elem $passiveExpressions funcref (item ref.func $one) (item ref.func $two))
      (elem (table $t) (i32.const 6) funcref (ref.func $one) (ref.func $grow))
      (elem declare funcref (ref.func $one))
      (elem (table $e) (i32.const 0) externref (ref.null extern))`);
    const outcomes = both(bytes, imports).map((guest) => {
      guest['put']?.();
      guest['init']?.();
      const at = [0, 1, 2, 3, 4, 6, 7, 10, 11, 12, 13, 19].map((index) => guest['at']?.(index));
      const global = (guest['global'] as never as { value(): number }).value();
      guest['note']?.(41);
      return [...['one', 'two', 'three', 'tail'].map((name) => guest[name]?.()), global, ...at];
    });
    expect(outcomes[0]).toEqual([1, 2, 3, 2, 2, 1, 2, 1, 2, 2, 1, 1, 2, 1, 1, 2, 2]);
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(called).toEqual([40, 40, 41, 41]);
  });

  test('with initialisation from memory and between tables', () => {
    const bytes = assemble(`
      (memory 1) (data $d "abcdef") (table $t 8 funcref) (table $u 8 funcref)
      (elem $e func $one $two)
      (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
      (func (export "run") (param i32 i32 i32) (result i32)
        (memory.init $d (local.get 0) (local.get 1) (local.get 2))
        (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))
        (table.copy $u $t (i32.const 3) (i32.const 0) (i32.const 2))
        (table.fill $t (i32.const 4) (ref.func $two) (i32.const 3))
        (data.drop $d) (elem.drop $e)
        (i32.add (i32.load8_u (i32.const 11))
          (i32.add (call_indirect $u (result i32) (i32.const 4)) (call_indirect $t (result i32) (i32.const 6)))))`);
    const [before, after] = both(bytes);
    expect(after['run']?.(10, 1, 3)).toBe(before['run']?.(10, 1, 3));
    expect(() => after['run']?.(10, 1, 3)).toThrow(WebAssembly.RuntimeError);
    expect(() => before['run']?.(10, 1, 3)).toThrow(WebAssembly.RuntimeError);
  });

  test('and is left as it was, but for custom sections, where nothing grows or is slow', () => {
    const bytes = assemble(
      '(memory 1) (func $f (export "f") (param i32) (result i32) (i32.load (local.get 0)))',
    );
    const custom = [0, 5, 4, 0x6e, 0x61, 0x6d, 0x65];
    const limited = limitCoreModule(Uint8Array.from([...bytes, ...custom]));
    expect(Buffer.from(limited.bytes)).toEqual(Buffer.from(bytes));
    expect(limited.asksToGrow).toBe(false);
  });

  test('and imports nothing new when it only has slow instructions', () => {
    const limited = limitCoreModule(
      assemble('(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))'),
    );
    expect(limited.asksToGrow).toBe(false);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(limited.bytes))).toEqual([]);
  });

  test('and loses its custom sections, which would name wrong places', () => {
    const bytes = assemble(GROWING);
    const custom = [0, 5, 4, 0x6e, 0x61, 0x6d, 0x65];
    const { bytes: limited } = limitCoreModule(Uint8Array.from([...bytes, ...custom]));
    expect(limited).toEqual(limitCoreModule(bytes).bytes);
  });
});

test('what a module takes at once is counted, without what it imports', () => {
  const { claims } = limitCoreModule(
    assemble(`(import "e" "t" (table 7 funcref)) (import "e" "m" (memory 9))
      (table 5 externref) (table 300 funcref)`),
  );
  expect(claims).toEqual({ memories: 0, memoryPages: 0, tables: 2, tableElements: 305 });
  expect(limitCoreModule(assemble('(memory 17 20)')).claims).toEqual({
    memories: 1,
    memoryPages: 17,
    tables: 0,
    tableElements: 0,
  });
});

test('every construct of the assembler stays valid', () => {
  const bytes = assemble(`
    (tag $e (param i32)) (memory 1) (table $t 1 funcref)
    (global $g (mut v128) (v128.const i32x4 1 2 3 4))
    (global i32 (i32.add (i32.const 1) (i32.const 2)))
    (func $f (param i32 f32 f64 i64) (result i32 i64)
      (local v128 externref funcref)
      (drop (memory.grow (i32.const 1)))
      (block (block (br_table 0 1 0 (local.get 0))))
      (local.set 4 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (global.get $g) (v128.load offset=70000 (i32.const 0))))
      (local.set 4 (v128.load8_lane 3 (i32.const 0) (local.get 4)))
      (drop (i32x4.extract_lane 2 (local.get 4)))
      (drop (i32.trunc_sat_f32_s (local.get 1)))
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (atomic.fence)
      (drop (select (result funcref) (ref.null func) (ref.func $f) (ref.is_null (local.get 6))))
      (try (do (throw $e (i32.const 3))) (catch $e drop) (catch_all rethrow 0))
      (try (do (call $h)) (delegate 0))
      (if (result i32 i64) (local.get 0)
        (then (i32.const -2147483648) (i64.const -9223372036854775808))
        (else (return_call $f (local.get 0) (f32.const 1.5) (f64.const -2.5) (i64.extend8_s (local.get 3))))))
    (func $h (table.set $t (i32.const 0) (table.get $t (i32.const 0))) (drop (table.size $t)))
    (elem declare func $f)`);
  expect(isValid(bytes)).toBe(true);
  expect(isValid(limitCoreModule(bytes).bytes)).toBe(true);
});
