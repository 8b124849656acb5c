// Stands where undici would load HTTP/2, which no upstream is called with (`upstream/pool.ts`): 4 MiB of memory.
module.exports = () => {
  throw new Error('HTTP/2 is not part of this bundle');
};
