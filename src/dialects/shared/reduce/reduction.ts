import type { TargetContext } from '../../../core/dialect.ts';
import type { LossList } from '../loss-list.ts';
import type { ToolIds } from '../tool-ids.ts';
import type { ToolNames } from '../tool-names.ts';

/** What one reduction of a request works with. Paths are spelled as Anthropic spells them: `messages.0.content.1`. */
export type Reduction = { target: TargetContext; losses: LossList; names: ToolNames; ids: ToolIds };
