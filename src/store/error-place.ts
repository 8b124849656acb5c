/** Where the text of an error stands: its row number, which grows with time, and its exchange. */
export type ErrorPlace = { id: number; exchange_id: string };
