// Where the page begins.

import { render } from 'preact';
import { App } from './app.js';
import { resumeSession } from './data/sign-in.js';
import './style/colours.css';
import './style/base.css';
import './style/controls.css';
import './style/views.css';

const place = document.getElementById('page');
if (place !== null) {
  void resumeSession();
  render(<App />, place);
}
