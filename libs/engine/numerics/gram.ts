/** rows of a panel: a tile of 4 x 4 sums is what registers hold */
const WIDTH = 4;
/** columns taken at once, so that the panels of a row of tiles stay in the cache */
const BLOCK = 256;

/**
 * Lower triangle of X X' for X of n rows and `length` columns (row-major), n x n row-major with zeros above. The order of the sums
 * depends on n and length alone.
 */
export function gramMatrix(x: Float64Array, n: number, length: number): Float64Array {
  const panels = Math.ceil(n / WIDTH);
  const packed = pack(x, n, length, panels);
  const result = new Float64Array(n * n);
  const tile = new Float64Array(WIDTH * WIDTH);
  for (let from = 0; from < length; from += BLOCK) {
    const columns = Math.min(BLOCK, length - from);
    for (let a = 0; a < panels; a++) {
      for (let b = 0; b <= a; b++) {
        tileProduct(packed, (a * length + from) * WIDTH, (b * length + from) * WIDTH, columns, tile);
        addTile(result, n, a * WIDTH, b * WIDTH, tile);
      }
    }
  }
  return result;
}

/** panel by panel, within it column by column: what a tile reads lies in a row */
function pack(x: Float64Array, n: number, length: number, panels: number): Float64Array {
  const packed = new Float64Array(panels * WIDTH * length);
  for (let i = 0; i < n; i++) {
    const offset = (i - (i % WIDTH)) * length + (i % WIDTH);
    for (let t = 0, from = i * length; t < length; t++) packed[offset + t * WIDTH] = x[from + t]!;
  }
  return packed;
}

function tileProduct(p: Float64Array, atA: number, atB: number, columns: number, tile: Float64Array): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
  const end = atA + columns * WIDTH;
  for (let a = atA, b = atB; a < end; a += WIDTH, b += WIDTH) {
    const a0 = p[a]!;
    const a1 = p[a + 1]!;
    const a2 = p[a + 2]!;
    const a3 = p[a + 3]!;
    const b0 = p[b]!;
    const b1 = p[b + 1]!;
    const b2 = p[b + 2]!;
    const b3 = p[b + 3]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  tile[0] = s00;
  tile[1] = s01;
  tile[2] = s02;
  tile[3] = s03;
  tile[4] = s10;
  tile[5] = s11;
  tile[6] = s12;
  tile[7] = s13;
  tile[8] = s20;
  tile[9] = s21;
  tile[10] = s22;
  tile[11] = s23;
  tile[12] = s30;
  tile[13] = s31;
  tile[14] = s32;
  tile[15] = s33;
}

/** what of the tile is on or below the diagonal */
function addTile(result: Float64Array, n: number, row: number, column: number, tile: Float64Array): void {
  for (let i = 0; i < WIDTH && row + i < n; i++) {
    for (let j = 0; j < WIDTH && column + j <= row + i; j++) {
      result[(row + i) * n + column + j]! += tile[i * WIDTH + j]!;
    }
  }
}
