/** A sparse matrix by columns. */
interface SparseMatrix {
  readonly columns: Uint32Array;
  readonly rows: Uint32Array;
  readonly values: Float64Array;
}

/** minimise x'Px/2 + q'x subject to Ax + s = b, s in the product of the cones, in their order below. */
export interface ConicProgram {
  readonly P: SparseMatrix;
  readonly q: Float64Array;
  readonly A: SparseMatrix;
  readonly b: Float64Array;
  readonly cones: { zero: number; nonneg: number; soc: number[]; exp: number; power: number[] };
}

/** [variable, coefficient] pairs */
export type Row = readonly (readonly [number, number])[];

/** Collects variables and constraints in any order and lays them out as a conic program. */
export class ConicProgramBuilder {
  private readonly quadratic: number[] = [];
  private readonly linear: number[] = [];
  private readonly equalities: AffineRow[] = [];
  private readonly inequalities: AffineRow[] = [];
  private readonly secondOrder: AffineRow[][] = [];
  private readonly power: { readonly alpha: number; readonly rows: AffineRow[] }[] = [];

  /** A new variable with objective quadratic/2 x^2 + linear x. */
  variable(linear = 0, quadratic = 0): number {
    this.linear.push(linear);
    this.quadratic.push(quadratic);
    return this.linear.length - 1;
  }

  /** row x = rhs */
  equal(row: Row, rhs: number): void {
    this.equalities.push({ row, rhs });
  }

  /** row x <= rhs; returns a handle for the multiplier */
  atMost(row: Row, rhs: number): number {
    this.inequalities.push({ row, rhs });
    return this.inequalities.length - 1;
  }

  /** (rhs - row x) of the first entry >= the norm of those of the others; returns a handle */
  secondOrderCone(rows: readonly AffineRow[]): number {
    this.secondOrder.push([...rows]);
    return this.secondOrder.length - 1;
  }

  /** t >= |x|^1.5, as the power cone t^(2/3) 1^(1/3) >= |x| */
  threeHalves(t: number, x: number): void {
    const rows = [
      { row: [[t, -1]] as Row, rhs: 0 },
      { row: [] as Row, rhs: 1 },
      { row: [[x, -1]] as Row, rhs: 0 },
    ];
    this.power.push({ alpha: 2 / 3, rows });
  }

  build(): ConicProgram {
    const rows = [
      ...this.equalities,
      ...this.inequalities,
      ...this.secondOrder.flat(),
      ...this.power.flatMap((cone) => cone.rows),
    ];
    return {
      P: diagonal(this.quadratic),
      q: Float64Array.from(this.linear),
      A: byColumns(rows, this.linear.length),
      b: Float64Array.from(rows, ({ rhs }) => rhs),
      cones: {
        zero: this.equalities.length,
        nonneg: this.inequalities.length,
        soc: this.secondOrder.map((cone) => cone.length),
        exp: 0,
        power: this.power.map((cone) => cone.alpha),
      },
    };
  }

  /** The multiplier of an inequality in the dual vector of the built program. */
  inequalityDual(z: Float64Array, handle: number): number {
    return z[this.equalities.length + handle]!;
  }

  /** The multiplier of a second-order cone's first entry. */
  coneDual(z: Float64Array, handle: number): number {
    let position = this.equalities.length + this.inequalities.length;
    for (let cone = 0; cone < handle; cone += 1) position += this.secondOrder[cone]!.length;
    return z[position]!;
  }
}

export interface AffineRow {
  readonly row: Row;
  readonly rhs: number;
}

function diagonal(entries: readonly number[]): SparseMatrix {
  const columns = new Uint32Array(entries.length + 1);
  const rows: number[] = [];
  const values: number[] = [];
  entries.forEach((entry, i) => {
    if (entry !== 0) {
      rows.push(i);
      values.push(entry);
    }
    columns[i + 1] = rows.length;
  });
  return { columns, rows: Uint32Array.from(rows), values: Float64Array.from(values) };
}

function byColumns(rows: readonly AffineRow[], width: number): SparseMatrix {
  const columns = new Uint32Array(width + 1);
  for (const { row } of rows) for (const [column] of row) columns[column + 1]! += 1;
  for (let column = 0; column < width; column += 1) columns[column + 1]! += columns[column]!;
  const next = columns.slice(0, width);
  const positions = new Uint32Array(columns[width]!);
  const values = new Float64Array(columns[width]!);
  rows.forEach(({ row }, r) => {
    for (const [column, value] of row) {
      const at = next[column]!;
      next[column] = at + 1;
      positions[at] = r;
      values[at] = value;
    }
  });
  return { columns, rows: positions, values };
}
