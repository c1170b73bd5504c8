import type { Static, TSchema } from 'typebox';

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** with every optional field required, so that one that only a single side knows is a difference */
type Complete<T> = T extends readonly (infer Item)[]
  ? readonly Complete<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: Complete<T[Key]> }
    : T;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Describes<S extends TSchema, T> =
  Same<Frozen<Static<S>>, Frozen<T>> extends true ? Same<Complete<Static<S>>, Complete<T>> : false;

/** `shapeOf<T>()(schema)` is the schema; it does not compile unless the schema describes exactly T. */
export const shapeOf =
  <T>() =>
  <S extends TSchema>(schema: S & (Describes<S, T> extends true ? unknown : { readonly describesAnotherType: T })): S =>
    schema;
