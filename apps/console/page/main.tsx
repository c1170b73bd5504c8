import './style.css';
import 'uplot/dist/uPlot.min.css';
import { render } from 'preact';
import { App } from './app.js';

const root = document.getElementById('console');
if (root !== null) render(<App />, root);
