import { type FieldError, type MarketData, parseTime, pointerToken, type WireFactorModel } from '#domain';
import { ERRORS_MAX } from './explain.js';
import { repeats } from './repeats.js';

type Matrix = readonly (readonly number[])[];

/** relative to the larger of the two entries, or to one */
const SYMMETRY_TOLERANCE = 1e-6;

export function marketDataRules(data: MarketData): readonly FieldError[] {
  const { correlation_matrix: correlation, factor_model: model } = data;
  const both =
    correlation && model
      ? [
          {
            pointer: '/factor_model',
            message: 'cannot be given together with correlation_matrix',
            accepted: 'one risk model',
          },
        ]
      : [];
  return [
    ...both,
    ...repeats(
      data.instruments.map((i) => i.instrument_id),
      (i) => `/instruments/${i}/instrument_id`,
    ),
    ...(correlation ? correlationRules(correlation) : []),
    ...(model ? factorModelRules(model, '/factor_model') : []),
    ...sessionRules(data),
    ...profileRules(data),
  ];
}

function sessionRules({ calendar, sessions }: MarketData): FieldError[] {
  if (sessions === undefined) return [];
  const either = {
    pointer: '/calendar',
    message: 'cannot be given together with sessions',
    accepted: 'one of the two',
  };
  const wrong = sessions.flatMap(({ open_at, close_at }, i): FieldError[] => {
    const [opens, closes] = [parseTime(open_at), parseTime(close_at)];
    if (closes <= opens) {
      return [{ pointer: `/sessions/${i}/close_at`, message: `is ${close_at}`, accepted: `after ${open_at}` }];
    }
    const before = sessions[i - 1]?.close_at;
    if (before === undefined || opens >= parseTime(before)) return [];
    return [
      {
        pointer: `/sessions/${i}/open_at`,
        message: `is ${open_at}`,
        accepted: `no earlier than ${before}, when the one before closes`,
      },
    ];
  });
  return calendar === undefined ? wrong : [either, ...wrong];
}

/** A profile without any volume says nothing. */
function profileRules({ volume_profile: common, volume_profiles: own = {} }: MarketData): FieldError[] {
  const profiles = [
    ...(common === undefined ? [] : [['/volume_profile', common] as const]),
    ...Object.entries(own).map(([id, profile]) => [`/volume_profiles/${pointerToken(id)}`, profile] as const),
  ];
  return profiles.flatMap(([pointer, profile]) =>
    profile.some((volume) => volume > 0) ? [] : [{ pointer, message: 'has no volume', accepted: 'one above 0 in it' }],
  );
}

function correlationRules({ instruments, values }: NonNullable<MarketData['correlation_matrix']>): FieldError[] {
  const pointer = '/correlation_matrix';
  const n = instruments.length;
  const names = repeats(instruments, (i) => `${pointer}/instruments/${i}`);
  const shape = shapeErrors(values, n, n, `${pointer}/values`, 'one row and one column an instrument');
  if (shape.length > 0) return [...names, ...shape];
  const diagonal = values.flatMap((row, i) => {
    const own = row[i] ?? Number.NaN;
    if (Math.abs(own - 1) <= SYMMETRY_TOLERANCE) return [];
    return [{ pointer: `${pointer}/values/${i}/${i}`, message: `is ${own}, on the diagonal`, accepted: '1' }];
  });
  return [...names, ...diagonal, ...asymmetries(values, `${pointer}/values`)];
}

function factorModelRules(model: WireFactorModel, pointer: string): FieldError[] {
  const n = model.instruments.length;
  const k = model.factor_covariance.length;
  const names = repeats(model.instruments, (i) => `${pointer}/instruments/${i}`);
  const shapes = [
    ...shapeErrors(model.loadings, n, k, `${pointer}/loadings`, `${n} rows (instruments) of ${k} numbers (factors)`),
    ...shapeErrors(
      model.factor_covariance,
      k,
      k,
      `${pointer}/factor_covariance`,
      `${k} rows of ${k} numbers (factors)`,
    ),
    ...lengthErrors(
      model.specific_variance.length,
      n,
      `${pointer}/specific_variance`,
      `${n} numbers, one an instrument`,
    ),
  ];
  if (shapes.length > 0) return [...names, ...shapes];
  return [...names, ...asymmetries(model.factor_covariance, `${pointer}/factor_covariance`)];
}

function shapeErrors(matrix: Matrix, rows: number, columns: number, pointer: string, accepted: string): FieldError[] {
  const wrong = lengthErrors(matrix.length, rows, pointer, accepted);
  for (let i = 0; i < matrix.length && wrong.length < ERRORS_MAX; i++) {
    wrong.push(...lengthErrors(matrix[i]?.length ?? 0, columns, `${pointer}/${i}`, accepted));
  }
  return wrong;
}

const lengthErrors = (length: number, expected: number, pointer: string, accepted: string): FieldError[] =>
  length === expected ? [] : [{ pointer, message: `has length ${length}, expected ${expected}`, accepted }];

function asymmetries(matrix: Matrix, pointer: string): FieldError[] {
  const errors: FieldError[] = [];
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j < i && errors.length < ERRORS_MAX; j++) {
      const below = matrix[i]?.[j] ?? Number.NaN;
      const above = matrix[j]?.[i] ?? Number.NaN;
      if (Math.abs(below - above) <= SYMMETRY_TOLERANCE * Math.max(1, Math.abs(below))) continue;
      const message = `is ${below}, but row ${j}, column ${i} is ${above}`;
      errors.push({ pointer: `${pointer}/${i}/${j}`, message, accepted: 'a symmetric matrix' });
    }
  }
  return errors;
}
