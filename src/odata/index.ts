/** The engine's public face: all that entities and a domain may import. docs/architecture.md tells what each is for, and how a service is made of them. */
export { ComplexType, EntityType, Navigation, Property } from './model/decorators';
export type { Authorization } from './model/capabilities';
export type { SingletonDeclaration } from './model/entity-sets';
export type { NavigationOptions, PropertyOptions, StreamOptions, TypeOptions } from './model/decorators';
export { odataError, ODataError } from './error';
export type { ErrorCode, ErrorPlace } from './error';
export { Above, parentKey, RuleBook } from './service/rules';
export type {
  CounterTable,
  Draft,
  DraftParts,
  EntityClass,
  Found,
  Row,
  RuleContext,
  Rules,
  ScalarName,
  Series,
  SeriesStart,
  Where,
} from './service/rules';
export type { Caller, Request } from './service/message';
export { sessionOptions } from './service/session-options';
export { complexType } from './model/declare-operation';
export type {
  ComplexDeclaration,
  FunctionDeclaration,
  ParameterDeclaration,
  RowSource,
  ValueDeclaration,
} from './model/declare-operation';
export { OperationBook } from './service/operations';
export type { ActionContext, ActionDeclaration, ActionResult } from './service/operations';
export { named, statement } from './service/statement';
export type { NamedStatement } from './service/statement';
export { sql } from './sql';
export type { Sql } from './sql';
