import { sampleDecision } from '#testing';
import { decodeCursor, encodeCursor } from './decision-cursor.js';
import { toCsv, toNdjson } from './decision-formats.js';

const { priority, portfolio_impact } = sampleDecision('AAPL');
const decision = {
  timestamp: '2025-06-21T10:00:00.000Z',
  coordination_id: 'coord_20250621_001',
  decision_id: 'decision_001',
  instrument_id: 'AAPL',
  action: 'BUY',
  quantity: 100,
  priority,
  confidence: 0.85,
  portfolio_id: 'main',
  config_version: null,
  sources: ['momentum', 'value, "deep"'],
  coordination_reasoning: ['Strong signal', 'Two\nlines'],
  portfolio_impact,
} as const;

describe('the formats of decisions', () => {
  it('quotes what CSV needs quoted and leaves nothing for null', () => {
    const [header, ...lines] = toCsv([decision]).split('\r\n');
    expect(header).toBe(
      'timestamp,coordination_id,decision_id,instrument_id,action,quantity,priority,confidence,portfolio_id,' +
        'config_version,sources,position_change,weight_change,risk_contribution_change,correlation_impact,' +
        'diversification_effect,coordination_reasoning',
    );
    expect(lines).toEqual([
      '2025-06-21T10:00:00.000Z,coord_20250621_001,decision_001,AAPL,BUY,100,1,0.85,main,,"momentum;value, ""deep""",' +
        '0.02,0.015,0.008,0.12,1e-7,"Strong signal | Two\nlines"',
      '',
    ]);
    expect(toCsv([])).toBe(`${header}\r\n`);
  });

  it('writes a decision a line as NDJSON', () => {
    const lines = toNdjson([decision, decision]).split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1] ?? '')).toEqual(decision);
  });
});

describe('cursors', () => {
  it('come back as they were given', () => {
    const cursor = { timestamp: '2025-06-21T10:00:00.123456Z', coordination_id: 'é', decision_id: 'decision_001' };
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  });

  it.each([
    'nonsense',
    '',
    Buffer.from('[]').toString('base64url'),
    Buffer.from('["yesterday","a","b"]').toString('base64url'),
    Buffer.from('["2025-06-21T10:00:00Z","a",1]').toString('base64url'),
    Buffer.from('["2025-06-21T10:00:00Z","a","\\u0000"]').toString('base64url'),
    Buffer.from('null').toString('base64url'),
  ])('%p is none', (text) => {
    expect(decodeCursor(text)).toBeNull();
  });
});
