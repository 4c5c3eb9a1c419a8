// A chart of an answer, as SVG.
import * as echarts from 'echarts';

const WIDTH = 900;
const BAR_HEIGHT = 34;
const LINES_HEIGHT = 420;
const OURS = '#3b6fd4';
const THEIRS = '#b0b4bc';

/** @returns {string} the chart that the answer asks for, or bars for its figures */
export function drawChart({ question, figures, chart }) {
  return chart?.kind === 'lines' ? lines(question, chart) : bars(question, figures);
}

function lines(question, { x, y, series }) {
  return svg(LINES_HEIGHT, {
    title: title(question),
    legend: { bottom: 0 },
    grid: { left: 70, right: 30, top: 60, bottom: 80 },
    xAxis: { type: 'value', name: x, nameLocation: 'middle', nameGap: 28 },
    yAxis: { type: 'value', name: y },
    series: Object.entries(series).map(([name, data]) => ({
      name,
      type: 'line',
      data,
      symbolSize: 6,
      itemStyle: { color: isTheirs(name) ? THEIRS : OURS },
    })),
  });
}

/** A group for each unit would need an axis each: those with the unit of the first are drawn. */
function bars(question, figures) {
  const [{ unit }] = figures;
  const drawn = figures.filter((figure) => figure.unit === unit && figure.values.length > 0).reverse();
  return svg(110 + BAR_HEIGHT * drawn.length, {
    title: title(question),
    grid: { left: 20, right: 90, top: 50, bottom: 40, containLabel: true },
    xAxis: { type: 'value', name: unit },
    yAxis: { type: 'category', data: drawn.map(({ name }) => name) },
    series: [
      {
        type: 'bar',
        data: drawn.map(({ name, median }) => ({
          value: Number(median.toPrecision(3)),
          itemStyle: { color: isTheirs(name) ? THEIRS : OURS },
        })),
        label: { show: true, position: 'right' },
      },
    ],
  });
}

function title(text) {
  return { text, left: 'center', textStyle: { fontSize: 15, fontWeight: 'normal' } };
}

function isTheirs(name) {
  return name.includes('icp');
}

function svg(height, option) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({ backgroundColor: '#ffffff', animation: false, ...option });
  const drawing = chart.renderToSVGString();
  chart.dispose();
  return `${drawing}\n`;
}
