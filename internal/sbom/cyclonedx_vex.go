package sbom

// analysisStates are the states of CycloneDX (impactAnalysisState).
var analysisStates = map[string]bool{
	"resolved": true, "resolved_with_pedigree": true, "exploitable": true, "in_triage": true, "false_positive": true, "not_affected": true,
}

// vulnerabilities reads the statements embedded in a BOM (Vulnerability, since 1.4); they are kept for decisions and
// never taken as findings.
func (c *cdxReader) vulnerabilities() error {
	return c.w.list("vulnerability", func(int) error {
		if len(c.b.doc.Statements) >= c.b.lim.MaxComponents {
			return nil
		}
		s := Statement{Path: c.w.where()}
		err := c.w.object(func(key string) (err error) {
			switch key {
			case "id":
				s.ID, err = c.w.text()
			case "source":
				s.Source, err = member(c.w, "name")
			case "analysis":
				err = c.analysis(&s)
			case "affects":
				err = c.w.list("target", func(int) error {
					ref, err := member(c.w, "ref")
					if ref != "" && len(s.Affects) < maxTextItems {
						s.Affects = append(s.Affects, ref)
					}
					return err
				})
			}
			return err
		})
		if s.ID != "" {
			c.b.doc.Statements = append(c.b.doc.Statements, s)
		}
		return err
	})
}

func (c *cdxReader) analysis(s *Statement) error {
	return c.w.object(func(key string) (err error) {
		switch key {
		case "state":
			at := c.w.where()
			s.State, err = c.w.text()
			if s.State != "" && !analysisStates[s.State] {
				c.b.warn(at, "unknown_state", "%q is no state of an analysis; the statement counts as not set", shorten(s.State))
				s.State = ""
			}
		case "justification":
			s.Justification, err = c.w.text()
		case "detail":
			s.Detail, err = c.w.text()
		case "response", "responses":
			s.Responses, err = texts(c.w, "response", maxLicenses)
		}
		return err
	})
}
