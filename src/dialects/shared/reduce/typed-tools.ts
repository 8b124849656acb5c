import type { JsonObject } from '../../../core/json.ts';

/** A vendor's client tool as an ordinary function: what its documentation says of name, use and arguments. */
export type TypedTool = { description: string; parameters: JsonObject };

const text = (description: string): JsonObject => ({ type: 'string', description });
const line = (description: string): JsonObject => ({ type: 'integer', description });

const bash: TypedTool = {
  description: 'Runs a command in a bash session that keeps its state between calls.',
  parameters: {
    type: 'object',
    properties: {
      command: text('The command to run. Required unless the session is restarted.'),
      restart: { type: 'boolean', description: 'Restarts the session.' },
    },
  },
};

const FILE_ARGUMENTS: JsonObject = {
  path: text('Path of the file or directory.'),
  view_range: {
    type: 'array',
    items: { type: 'integer' },
    description: 'For `view` of a file: first and last line to show, counted from 1; -1 is the end of the file.',
  },
  file_text: text('For `create`: the content of the new file.'),
  old_str: text('For `str_replace`: the text to replace; it must stand exactly once in the file.'),
  new_str: text('For `str_replace`: the text to put in its place.'),
  insert_line: line('For `insert`: the line after which to insert; 0 is the beginning of the file.'),
  insert_text: text('For `insert`: the text to insert.'),
};

function command(names: string[]): JsonObject {
  return { type: 'string', enum: names, description: 'What to do.' };
}

function textEditor(commands: string[]): TypedTool {
  return {
    description: 'Views, creates and edits text files.',
    parameters: {
      type: 'object',
      properties: { command: command(commands), ...FILE_ARGUMENTS },
      required: ['command', 'path'],
    },
  };
}

/** Of the editors before May 2025 `insert` took its text as `new_str`, and a change could be undone. */
const oldTextEditor: TypedTool = (() => {
  const { insert_text: _newer, ...properties } = FILE_ARGUMENTS;
  const commands = command(['view', 'create', 'str_replace', 'insert', 'undo_edit']);
  const newText = text('For `str_replace`: the text to put in its place; for `insert`: the text to insert.');
  return {
    description: 'Views, creates and edits text files.',
    parameters: {
      type: 'object',
      properties: { command: commands, ...properties, new_str: newText },
      required: ['command', 'path'],
    },
  };
})();

const newTextEditor = textEditor(['view', 'create', 'str_replace', 'insert']);

const memory: TypedTool = {
  description:
    'Keeps notes in files below /memories that last beyond this conversation. Look there before a task, and note progress.',
  parameters: {
    type: 'object',
    properties: {
      command: command(['view', 'create', 'str_replace', 'insert', 'delete', 'rename']),
      ...FILE_ARGUMENTS,
      old_path: text('For `rename`: the path as it is.'),
      new_path: text('For `rename`: the path as it shall be.'),
    },
    required: ['command'],
  },
};

/**
 * The client tools that can be written out as functions (`translation.md` §3): their callers run them by name and arguments
 * alone. Computer and browser tools are not among them, since models must have been trained for their screens.
 */
export const TYPED_TOOLS: ReadonlyMap<string, TypedTool> = new Map([
  ['bash_20241022', bash],
  ['bash_20250124', bash],
  ['text_editor_20241022', oldTextEditor],
  ['text_editor_20250124', oldTextEditor],
  ['text_editor_20250429', newTextEditor],
  ['text_editor_20250728', newTextEditor],
  ['memory_20250818', memory],
]);
