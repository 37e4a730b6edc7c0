package figure

import (
	"fmt"
	"math"
	"strings"
)

// Filmstrip is a row or grid of views with the network's answers.
type Filmstrip struct {
	// Title and Subtitle stand above the views; either may be empty.
	Title, Subtitle string
	// Axes name the coordinates of View.At; they may be nil if no view has any.
	Axes []Axis
	// Views are shown in reading order.
	Views []View
	// Columns is the number of views in a row; 0 means as many as fit.
	Columns int
	// Rows are headings above the rows, which may be fewer; nil means none.
	Rows []string
	// Width is the figure's width in CSS pixels; 0 means DefaultWidth, or less if
	// the views do not fill it.
	Width float64
}

// Head returns the fields for title, subtitle and width.
func (f *Filmstrip) Head() (title, subtitle *string, width *float64) {
	return &f.Title, &f.Subtitle, &f.Width
}

// vega returns nil: pictures have no interactive form.
func (f *Filmstrip) vega() object { return nil }

func (f *Filmstrip) check() error {
	if len(f.Views) == 0 {
		return fmt.Errorf("drawing a filmstrip: it has no views")
	}
	for i, v := range f.Views {
		if err := v.check(len(f.Axes)); err != nil {
			return fmt.Errorf("drawing a filmstrip: view %d: %w", i, err)
		}
	}
	return nil
}

func (f *Filmstrip) layout() (*drawing, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	width := figureWidth(f.Width)
	head := heading{f.Title, f.Subtitle}
	st := newStrip(f.Views, f.Axes, width-2*margin, f.Columns, false)
	if f.Width == 0 {
		for _, heading := range f.Rows {
			width = max(width, math.Ceil(min(headingText.width(heading)+2*margin, 1.5*DefaultWidth)))
		}
		used := 2*margin + float64(st.columns)*(st.size+st.gap) - st.gap
		titles := max(style{size: titleSize, bold: true}.width(f.Title), style{size: subtitleSize}.width(f.Subtitle))
		for _, heading := range f.Rows {
			titles = max(titles, headingText.width(heading))
		}
		width = math.Ceil(min(width, max(used, titles+2*margin)))
	}
	for _, heading := range f.Rows {
		st.headings = append(st.headings, headingText.fit(heading, width-2*margin))
	}
	top := margin + head.height()
	return &drawing{width, math.Ceil(top + st.height() + margin), func(s *surface) {
		head.draw(s, width)
		st.draw(s, point{margin, top})
	}}, nil
}

// Describe lists the views with the network's answers.
func (f *Filmstrip) Describe() string {
	if err := f.check(); err != nil {
		return "A filmstrip that cannot be drawn: " + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d views", len(f.Views))
	if f.Title != "" {
		b.WriteString(": “" + f.Title + "”")
	}
	columns := newStrip(f.Views, f.Axes, figureWidth(f.Width)-2*margin, f.Columns, false).columns
	for i, v := range f.Views {
		if row := i / columns; i%columns == 0 && row < len(f.Rows) {
			b.WriteString("\n" + f.Rows[row])
		}
		fmt.Fprintf(&b, "\n%d. %s", i+1, v.describe(f.Axes))
	}
	return b.String()
}
