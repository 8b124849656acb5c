import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Prints the plain closing line `N passed, N failed, N skipped` when the whole process ends, after everything else.
 * A file that cannot be loaded and an error outside any test count as one failure each.
 */
class ClosingLineReporter implements Reporter {
  private line = '0 passed, 1 failed, 0 skipped';

  onInit(): void {
    process.once('exit', () => process.stdout.write(`${this.line}\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const totals = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      let failedInside = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test that never got its result, say because its worker died, has not passed.
        if (state === 'pending' || state === 'failed') failedInside += 1;
        else totals[state] += 1;
      }
      totals.failed += module.ok() ? failedInside : Math.max(failedInside, 1);
    }
    this.line = `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
  }
}

export default ClosingLineReporter;
