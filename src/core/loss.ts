/** `dropped`: gone. `changed`: arrives as something near it. `emulated`: done by other means. */
export type LossClass = 'dropped' | 'changed' | 'emulated';

/**
 * Every loss that a conversion can report (law Loss): its code is stable, since clients and dashboards match it; its text
 * is what `docs/conversion.md` says of it.
 */
export const LOSSES = {
  // Request, top level
  unknown_field: {
    class: 'dropped',
    text: 'A field that the gateway does not know and the other format has no place for.',
  },
  temperature_dropped: { class: 'dropped', text: 'The model takes no temperature.' },
  temperature_capped: { class: 'changed', text: 'Lowered to the highest temperature that the other format knows.' },
  top_p_dropped: { class: 'dropped', text: 'The model takes no top_p, or not together with temperature.' },
  top_k_dropped: { class: 'dropped', text: 'The other format has no top_k.' },
  seed_dropped: { class: 'dropped', text: 'The other format has no seed.' },
  penalty_dropped: { class: 'dropped', text: 'The other format has no frequency or presence penalty.' },
  stop_dropped: { class: 'dropped', text: 'A stop sequence of white space only, which Messages refuses.' },
  stop_emulated: { class: 'emulated', text: 'The upstream takes no stop sequences: the gateway cuts the text itself.' },
  max_tokens_raised: { class: 'changed', text: 'Raised to the smallest output limit that the upstream takes.' },
  max_tokens_lowered: { class: 'changed', text: "Lowered to the model's largest output." },
  user_hashed: { class: 'changed', text: 'The user id is longer than the other format allows: its hash is sent.' },
  user_dropped: { class: 'dropped', text: 'The upstream takes no user id.' },
  metadata_dropped: { class: 'dropped', text: 'The other format has no metadata map.' },
  service_tier_dropped: { class: 'dropped', text: 'The tier has no counterpart.' },
  service_tier_changed: { class: 'changed', text: 'Sent as the nearest tier.' },
  verbosity_dropped: { class: 'dropped', text: 'The other format has no verbosity.' },
  prompt_cache_key_dropped: { class: 'dropped', text: 'The other format has no cache key.' },
  cache_hint_dropped: {
    class: 'dropped',
    text: 'The upstream takes no cache breakpoints; it caches by itself or not at all.',
  },
  cache_ttl_changed: { class: 'changed', text: 'The lifetime of a cache breakpoint has no exact counterpart.' },
  prediction_dropped: { class: 'dropped', text: 'A predicted output only saves time.' },
  store_dropped: { class: 'dropped', text: 'Nothing is stored upstream.' },
  include_dropped: { class: 'dropped', text: 'An include entry without counterpart.' },
  truncation_dropped: { class: 'dropped', text: 'Automatic truncation has no counterpart.' },
  context_management_dropped: { class: 'dropped', text: 'Edits of the context have no counterpart.' },
  container_dropped: { class: 'dropped', text: 'Containers have no counterpart.' },
  speed_dropped: { class: 'dropped', text: 'The fast mode has no counterpart.' },
  diagnostics_dropped: { class: 'dropped', text: 'Diagnostics have no counterpart.' },
  task_budget_dropped: { class: 'dropped', text: 'A task budget has no counterpart.' },
  fallbacks_dropped: {
    class: 'dropped',
    text: 'Fallback models of the request have no counterpart; those of the gateway apply.',
  },
  safeguards_dropped: { class: 'dropped', text: "Safeguards of the request are the other vendor's." },
  billing_policy_dropped: {
    class: 'dropped',
    text: "Whom the other vendor bills has no counterpart: the gateway's key pays.",
  },
  attribution_dropped: {
    class: 'dropped',
    text: "The client's attribution line, which would spoil the prompt cache of other upstreams.",
  },
  parallel_switch_dropped: { class: 'dropped', text: 'The upstream cannot be kept to one tool call at a time.' },
  // Refused by the upstream, and left out from then on (docs/routing.md)
  beta_refused: { class: 'dropped', text: 'A value of `anthropic-beta` that this upstream refuses.' },
  field_refused: { class: 'dropped', text: 'An optional field that this upstream refuses.' },
  // Reasoning
  effort_changed: { class: 'changed', text: 'Sent as the nearest effort the model knows.' },
  effort_dropped: { class: 'dropped', text: 'The model takes no effort.' },
  thinking_changed: { class: 'changed', text: 'The thinking setting has no exact counterpart on this model.' },
  thinking_dropped: { class: 'dropped', text: 'Thinking that another model did is not shown to this one.' },
  thinking_disabled: {
    class: 'changed',
    text: 'Thinking is off for this call: the history lacks the thinking that the model would demand.',
  },
  reasoning_summary_dropped: { class: 'dropped', text: 'How reasoning is summarised cannot be chosen.' },
  // Messages and content
  system_moved_into_user: {
    class: 'changed',
    text: 'A system message in mid-conversation is sent as user text marked as a system note.',
  },
  system_joined: { class: 'changed', text: 'Several system texts are joined into one.' },
  order_changed: { class: 'changed', text: 'Text and tool calls of one turn lose their order.' },
  empty_content_dropped: { class: 'dropped', text: 'Empty text, which the upstream refuses.' },
  user_turn_added: {
    class: 'emulated',
    text: 'The conversation does not begin with the user: an opening turn is put in front.',
  },
  name_dropped: { class: 'dropped', text: 'The other format has no name on a message.' },
  phase_dropped: { class: 'dropped', text: 'The other format has no phase on a message.' },
  image_detail_dropped: { class: 'dropped', text: 'The other format has no detail level for images.' },
  image_fetched: {
    class: 'emulated',
    text: 'The upstream takes no URLs: the gateway fetched the file and sent it along.',
  },
  image_moved: { class: 'changed', text: 'An image of a tool result is sent in a user message behind it.' },
  document_flattened: { class: 'changed', text: 'A text document is sent as text, its title in front.' },
  search_result_flattened: { class: 'changed', text: 'A search result is sent as text, its source in front.' },
  citations_dropped: { class: 'dropped', text: 'Citations that the other format cannot express.' },
  annotations_dropped: { class: 'dropped', text: 'Annotations that the other format cannot express.' },
  tool_error_flattened: { class: 'changed', text: 'That a tool failed is said in its text.' },
  tool_reference_flattened: { class: 'changed', text: 'A reference to a tool is sent as text.' },
  browser_state_flattened: { class: 'changed', text: 'The state of a browser is sent as JSON text.' },
  server_tool_dropped: {
    class: 'dropped',
    text: 'A pair of server tool call and result that only its own vendor understands.',
  },
  invalid_arguments_wrapped: { class: 'changed', text: 'Arguments that are not valid JSON are wrapped as text.' },
  block_dropped: { class: 'dropped', text: 'A content block that the other format has no place for.' },
  surrogate_replaced: { class: 'changed', text: 'Half a character or NUL, replaced by U+FFFD.' },
  message_setting_dropped: { class: 'dropped', text: 'A setting on a single message has no counterpart.' },
  // Tools
  tool_renamed: { class: 'changed', text: 'A tool name that the upstream refuses; answers carry the original name.' },
  tool_id_changed: {
    class: 'changed',
    text: 'A tool call id that the upstream refuses; the same id always becomes the same.',
  },
  tool_strict_dropped: { class: 'dropped', text: 'The upstream knows no strict tools.' },
  tool_format_dropped: {
    class: 'dropped',
    text: 'A free-form tool is sent as a function with one text; its grammar is not enforced.',
  },
  tool_expanded: {
    class: 'emulated',
    text: "A vendor's client tool is sent as an ordinary function with its documented schema.",
  },
  namespace_flattened: {
    class: 'changed',
    text: 'Tools of a namespace stand beside the others as namespace__tool; its own description is left out.',
  },
  tool_examples_dropped: { class: 'dropped', text: 'Input examples of a tool have no counterpart.' },
  tool_loading_dropped: { class: 'dropped', text: 'Deferred or eager loading of a tool has no counterpart.' },
  tool_changes_merged: {
    class: 'changed',
    text: 'Tools added or removed in mid-conversation are merged into the list of tools.',
  },
  tool_settings_dropped: { class: 'dropped', text: 'Settings of a server tool without counterpart.' },
  web_search_dropped: {
    class: 'dropped',
    text: 'The upstream cannot search the web: the search is left out, the other tools are sent.',
  },
  tool_schema_changed: {
    class: 'changed',
    text: "A schema's top-level union is wrapped, since the upstream takes objects only.",
  },
  tool_choice_changed: { class: 'changed', text: 'Sent as the nearest tool choice.' },
  tool_choice_degraded: { class: 'changed', text: 'The model refuses a forced tool: it may choose.' },
  tools_filtered: { class: 'changed', text: 'Only the allowed tools are sent.' },
  tool_output_schema_dropped: { class: 'dropped', text: 'The schema of a tool output has no counterpart.' },
  // Structured output
  json_object_emulated: { class: 'emulated', text: 'The model is asked for JSON by an instruction.' },
  schema_keywords_moved: {
    class: 'changed',
    text: 'Keywords that the upstream does not enforce stand in descriptions.',
  },
  schema_name_dropped: { class: 'dropped', text: 'Name, description and strictness of an output schema.' },
  // Answers
  stop_reason_changed: { class: 'changed', text: 'Told as the nearest stop reason.' },
  stop_sequence_dropped: { class: 'dropped', text: 'Which stop sequence matched cannot be told.' },
  choices_dropped: { class: 'dropped', text: 'Only the first of several choices.' },
  logprobs_dropped: { class: 'dropped', text: 'Token probabilities have no counterpart.' },
} as const satisfies Record<string, { class: LossClass; text: string }>;

/** The stable name of a loss. */
export type LossCode = keyof typeof LOSSES;

/** One field that a conversion changed, emulated or dropped; `field` is its path in the caller's body (`messages.0.content.1`). */
export type Loss = { code: LossCode; field: string };
