/** A call as it reaches the simulator. Header names are lower-case; the body is not compressed. */
export type SimulatorRequest = { method: string; path: string; headers: Record<string, string>; body: Uint8Array };

/** An answer whose body has yet to be read. */
export type SimulatorResponse = { status: number; headers: Record<string, string>; body: AsyncIterable<Uint8Array> };
