/** What the server says on a live connection; see LiveMessage of the API. */
export interface LiveMessage {
  kind: string;
  product_ids?: number[];
  release_ids?: number[];
}

/** The part of a WebSocket that is used. */
export interface Socket {
  onmessage: ((e: { data: unknown }) => void) | null;
  onclose: ((e: { code: number }) => void) | null;
  close(): void;
}

/** How a connection stands: `polling` says that the page asks by itself, now and then, instead. */
export type LiveState = 'connecting' | 'live' | 'polling';

export interface Surroundings {
  open(): Socket;
  /** Asks the server why no connection came about; the status of its answer, 0 for none. */
  probe(): Promise<number>;
  random(): number;
  /** Calls later; gives back what takes the call back. */
  later(call: () => void, ms: number): () => void;
  hint(message: LiveMessage): void;
  /** Hints may have been lost: fetch anew all that is shown. */
  gap(): void;
  state(state: LiveState): void;
  signedOut(): void;
}

/** Close codes of ours and of RFC 6455. */
const signedOut = 4401;
const restart = 1012;

const first = 1_000;
const longest = 60_000;
/** The server says something every 30 s. */
export const silence = 75_000;
/** How long a connection may be away before the page asks by itself. */
export const patience = 10_000;
export const pollEvery = 30_000;
/** How often is tried again where the deployment has no live connections. */
const absent = 600_000;

/** The pause before attempt n (from 1): doubling, half of it by chance, so that many pages do not come back at once. */
export function pause(n: number, chance: number): number {
  const most = Math.min(first * 2 ** (n - 1), longest);
  return most / 2 + (chance * most) / 2;
}

/** One live connection that comes back by itself. Start it once; stop ends it for good. */
export class LiveConnection {
  private socket: Socket | undefined;
  private failed = 0;
  private before = false;
  private stopped = true;
  private cancelRetry = () => {};
  private cancelSilence = () => {};
  private cancelPatience: (() => void) | undefined;
  private readonly s: Surroundings;

  constructor(surroundings: Surroundings) {
    this.s = surroundings;
  }

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    this.failed = 0;
    this.s.state('connecting');
    this.wait();
    this.connect();
  }

  stop() {
    this.stopped = true;
    this.cancelRetry();
    this.cancelSilence();
    this.cancelPatience?.();
    this.cancelPatience = undefined;
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  /** Tries at once, as when the network comes back. */
  retryNow() {
    if (this.stopped || this.socket) return;
    this.cancelRetry();
    this.failed = 0;
    this.connect();
  }

  private connect() {
    const socket = this.s.open();
    this.socket = socket;
    let ready = false;
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      const message = parse(data);
      if (!message) return;
      this.listen();
      if (message.kind === 'ready') {
        ready = true;
        this.opened();
      } else if (message.kind === 'everything') {
        this.s.gap();
      } else if (message.kind !== 'beat') {
        this.s.hint(message);
      }
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.closed(code, ready);
    };
  }

  private opened() {
    this.failed = 0;
    this.cancelPatience?.();
    this.cancelPatience = undefined;
    this.s.state('live');
    if (this.before) this.s.gap();
    this.before = true;
  }

  /** A line that stands and is dead says nothing: it is given up after a while. */
  private listen() {
    this.cancelSilence();
    this.cancelSilence = this.s.later(() => {
      const socket = this.socket;
      this.closed(0, true);
      socket?.close();
    }, silence);
  }

  private closed(code: number, ready: boolean) {
    this.socket = undefined;
    this.cancelSilence();
    if (this.stopped) return;
    if (code === signedOut) {
      this.stop();
      this.s.signedOut();
      return;
    }
    this.wait();
    this.failed++;
    const chance = this.s.random();
    if (code === restart) this.again(500 + 4_500 * chance);
    else if (ready || this.failed < 2) this.again(pause(this.failed, chance));
    else void this.ask(chance);
  }

  private async ask(chance: number) {
    const status = await this.s.probe();
    if (this.stopped || this.socket) return;
    if (status === 401) {
      this.stop();
      this.s.signedOut();
    } else {
      this.again(status === 404 ? absent : pause(this.failed, chance));
    }
  }

  private again(ms: number) {
    this.cancelRetry();
    this.cancelRetry = this.s.later(() => this.connect(), ms);
  }

  private wait() {
    if (this.cancelPatience) return;
    this.cancelPatience = this.s.later(() => {
      this.s.state('polling');
      this.poll();
    }, patience);
  }

  private poll() {
    this.s.gap();
    this.cancelPatience = this.s.later(() => this.poll(), pollEvery);
  }
}

function parse(data: unknown): LiveMessage | undefined {
  try {
    const m: unknown = JSON.parse(String(data));
    return typeof m === 'object' && m !== null && 'kind' in m ? (m as LiveMessage) : undefined;
  } catch {
    return undefined;
  }
}
