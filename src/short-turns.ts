/** What Linux counts as the shortest. */
const turnNanoseconds = 100_000n;

/** Numbers of system calls for which the C library of Debian 12 has no name yet. */
const systemCalls: Partial<Record<NodeJS.Architecture, { get: bigint; set: bigint }>> = {
  x64: { get: 315n, set: 314n },
  arm64: { get: 275n, set: 274n },
};

/** What is used of `struct sched_attr`: https://man7.org/linux/man-pages/man2/sched_setattr.2.html */
const attributes = { bytes: 48, flagsAt: 8, runtimeAt: 24 };
/** SCHED_FLAG_RESET_ON_FORK: threads that are begun later take turns as usual. */
const resetOnFork = 0x01n;

/**
 * Lets this thread, which answers requests, interrupt threads that compute for longer. Linux lets a
 * thread that runs end its turn of some 3 ms, whatever its niceness, before one that has something to
 * do again, unless that one takes shorter turns: `sched_runtime` of an ordinary thread in
 * sched_setattr(2), from 6.12 on. Each gets as much of the processor as before. False where this
 * cannot be had: then nothing has changed.
 */
export function takeShortTurns(): boolean {
  const calls = systemCalls[process.arch];
  if (process.platform !== 'linux' || calls === undefined) return false;
  try {
    const ffi = withoutWarning(() => process.getBuiltinModule('node:ffi'));
    const { functions } = ffi.dlopen('libc.so.6', {
      syscall: { arguments: ['i64', 'i64', 'pointer', 'i64', 'i64'], return: 'i64' },
    });
    const memory = Buffer.alloc(attributes.bytes);
    const attr = ffi.getRawPointer(memory);
    // As it is: what an operator has chosen for the process stays.
    if (functions.syscall(calls.get, 0n, attr, BigInt(memory.length), 0n) !== 0n) return false;
    memory.writeBigUInt64LE(resetOnFork, attributes.flagsAt);
    memory.writeBigUInt64LE(turnNanoseconds, attributes.runtimeAt);
    return functions.syscall(calls.set, 0n, attr, 0n, 0n) === 0n;
  } catch {
    return false; // Not with this C library, or not allowed.
  }
}

/** Node is pinned: what is experimental in it does not change by itself. */
function withoutWarning<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
