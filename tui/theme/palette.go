package theme

// palette is a set of colours chosen for one background. The party colours
// follow the palette of Okabe and Ito, lightened or darkened until they can be
// read as text.
type palette struct {
	dim, faint, accent    string
	good, bad, warn       string
	border                string
	selected, mark        string
	hidden, changed       string
	parties, series, heat []string
}

// Backgrounds the palettes were tuned for.
const (
	darkBackground  = "#181a1f"
	lightBackground = "#ffffff"
)

func darkPalette() palette {
	return palette{
		dim:      "#9aa4b5",
		faint:    "#6c7688",
		accent:   "#b3a4ff",
		good:     "#4cc38a",
		bad:      "#ff7b72",
		warn:     "#e5b454",
		border:   "#454d5c",
		selected: "#30364a",
		mark:     "#272b38",
		hidden:   "#6c7688",
		changed:  "#ffd866",
		parties: []string{
			"#c3cad6", // silver
			"#56b4e9", // sky
			"#e69f00", // orange
			"#2fc494", // green
			"#e58fc4", // pink
			"#f0e442", // yellow
			"#ff7a4d", // vermilion
			"#8f9bff", // blue
		},
		series: []string{"#56b4e9", "#e69f00", "#2fc494", "#e58fc4", "#f0e442", "#ff7a4d"},
		heat: []string{
			"#5cb8ff", "#6fb2ec", "#81a9d3", "#8c9db5",
			"#7a8496",
			"#b39c80", "#d0a46d", "#eaa652", "#ffab3d",
		},
	}
}

func lightPalette() palette {
	return palette{
		dim:      "#57606a",
		faint:    "#848d97",
		accent:   "#6a3fc0",
		good:     "#116b3c",
		bad:      "#c5221f",
		warn:     "#8a5a00",
		border:   "#b4bcc6",
		selected: "#e2e6f5",
		mark:     "#f0f2f8",
		hidden:   "#848d97",
		changed:  "#8a4b00",
		parties: []string{
			"#4b5563", // slate
			"#0068b5", // blue
			"#a85400", // orange
			"#007a56", // green
			"#b0307f", // pink
			"#584d00", // olive
			"#cc3311", // vermilion
			"#5b4bd6", // violet
		},
		series: []string{"#0068b5", "#a85400", "#007a56", "#b0307f", "#584d00", "#cc3311"},
		heat: []string{
			"#005fb8", "#1f66a8", "#3a6a98", "#566a82",
			"#76808c",
			"#7d6852", "#8a6236", "#985a1a", "#a85200",
		},
	}
}
