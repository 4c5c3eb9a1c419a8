// The linear memory and table elements of one run: what it has, and whether it may have more. Guests ask before
// they grow; what core modules define is claimed before they are instantiated.

import type { ControlBlock } from '../bridge/control-block.js';
import { SandpoolError, type WireError } from '../bridge/errors.js';
import { GrowthRequest } from '../bridge/growth-import.js';
import type { ModuleClaims } from '../bridge/messages.js';

const PAGE_BYTES = 64 * 1024;

/** Each reserves gigabytes of addresses, of which the process has enough for thousands; a plugin has one or two. */
const MEMORIES = 64;
const TABLES = 1024;
const INSTANCES = 4096;

/** What a run may have. */
export interface MemoryLimits {
  readonly memoryBytes: number;
  readonly tableElements: number;
}

/** Counts for one run, and tells the control block. Memories never shrink: what they have is also their peak. */
export class MemoryMeter {
  readonly #limits: MemoryLimits;
  readonly #control: ControlBlock;
  #pages = 0;
  #elements = 0;
  #memories = 0;
  #tables = 0;
  #instances = 0;
  #refusal: WireError | undefined;

  constructor(limits: MemoryLimits, control: ControlBlock) {
    this.#limits = limits;
    this.#control = control;
  }

  /** The error of a run that traps because growth was refused, once any has been. */
  get refusal(): WireError | undefined {
    return this.#refusal;
  }

  /**
   * Takes account of a core instance that is about to be made.
   * @throws SandpoolError MEMORY_LIMIT_EXCEEDED, UNSUPPORTED_FEATURE
   */
  claim(claims: ModuleClaims): void {
    this.#instances += 1;
    this.#memories += claims.memories;
    this.#tables += claims.tables;
    refuseOver(INSTANCES, this.#instances, 'core instances');
    refuseOver(MEMORIES, this.#memories, 'memories');
    refuseOver(TABLES, this.#tables, 'tables');
    if (!this.#grantPages(claims.memoryPages) || !this.#grantElements(claims.tableElements)) {
      throw SandpoolError.fromWire(this.#refusal as WireError);
    }
  }

  /** What guests call before and after growing; see {@link GrowthRequest}. @returns 1 when it is granted */
  readonly grow = (kind: number, amount: number): number => {
    const count = amount >>> 0;
    switch (kind) {
      case GrowthRequest.claimPages:
        return this.#grantPages(count) ? 1 : 0;
      case GrowthRequest.releasePages:
        this.#setPages(this.#pages - count);
        return 1;
      case GrowthRequest.claimElements:
        return this.#grantElements(count) ? 1 : 0;
      default:
        this.#elements -= count;
        return 1;
    }
  };

  #grantPages(count: number): boolean {
    const limit = this.#limits.memoryBytes;
    if ((this.#pages + count) * PAGE_BYTES > limit) {
      this.#refuse(`linear memory than its limit of ${limit} bytes`, 'memoryBytes', limit);
      return false;
    }
    this.#setPages(this.#pages + count);
    return true;
  }

  #setPages(pages: number): void {
    this.#pages = pages;
    this.#control.memoryBytes = pages * PAGE_BYTES;
  }

  #grantElements(count: number): boolean {
    const limit = this.#limits.tableElements;
    if (this.#elements + count > limit) {
      this.#refuse(`table elements than its limit of ${limit}`, 'tableElements', limit);
      return false;
    }
    this.#elements += count;
    return true;
  }

  #refuse(what: string, setting: keyof MemoryLimits, limit: number): void {
    const details = { problem: `the plugin needs more ${what}`, setting, limit };
    this.#refusal = { code: 'MEMORY_LIMIT_EXCEEDED', details };
  }
}

function refuseOver(most: number, count: number, what: string): void {
  if (count <= most) return;
  throw new SandpoolError('UNSUPPORTED_FEATURE', {
    path: 'the plugin',
    feature: `more than ${most} ${what}`,
  });
}
