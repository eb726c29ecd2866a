package intel

// Configuration is one applicability statement of NVD: a tree two levels deep whose leaves are CPE match strings. The
// configurations of one record are alternatives.
type Configuration struct {
	Operator string `json:"operator"` // OR or AND, joins the nodes
	Negate   bool   `json:"negate,omitempty"`
	Nodes    []Node `json:"nodes"`
}

// Node joins its matches.
type Node struct {
	Operator string     `json:"operator"` // OR or AND
	Negate   bool       `json:"negate,omitempty"`
	Matches  []CPEMatch `json:"matches"`
}

// CPEMatch is a leaf. Bounds hold where the version of the criteria is "*"; a concrete version means that one, and "-"
// means no version at all.
type CPEMatch struct {
	// Vulnerable is false for a platform that must be there and is not itself at fault.
	Vulnerable            bool   `json:"vulnerable"`
	Criteria              string `json:"criteria"` // CPE 2.3 formatted string
	VersionStartIncluding string `json:"start_including,omitempty"`
	VersionStartExcluding string `json:"start_excluding,omitempty"`
	VersionEndIncluding   string `json:"end_including,omitempty"`
	VersionEndExcluding   string `json:"end_excluding,omitempty"`
}
