/** Why the engine refused a change. */
export type EngineErrorCode = 'ERR_TABLE_FULL' | 'ERR_REMOVED';

/** A refused change of the engine's objects; nothing was changed. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
  }
}
