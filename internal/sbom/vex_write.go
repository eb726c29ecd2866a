package sbom

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// VEX is what is written about the components of one subject: a CycloneDX document with their statements.
type VEX struct {
	SerialNumber   string // "urn:uuid:..."; empty: left out
	Created        time.Time
	SubjectName    string
	SubjectVersion string
	Components     []Component
	// Statements are tied to Components by their ordinals; a component without one has nothing said of it.
	Statements []ComponentStatement
}

type vexDocument struct {
	Format          string          `json:"bomFormat"`
	Spec            string          `json:"specVersion"`
	Serial          string          `json:"serialNumber,omitempty"`
	Version         int             `json:"version"`
	Metadata        vexMetadata     `json:"metadata"`
	Components      []vexComponent  `json:"components"`
	Vulnerabilities []vexStatements `json:"vulnerabilities"`
}

type vexMetadata struct {
	Timestamp string        `json:"timestamp,omitempty"`
	Component *vexComponent `json:"component,omitempty"`
}

type vexComponent struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref"`
	Group   string `json:"group,omitempty"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl,omitempty"`
	CPE     string `json:"cpe,omitempty"`
}

type vexStatements struct {
	ID       string       `json:"id"`
	Source   *vexSource   `json:"source,omitempty"`
	Analysis *vexAnalysis `json:"analysis,omitempty"`
	Affects  []vexTarget  `json:"affects"`
}

type vexSource struct {
	Name string `json:"name"`
}

type vexAnalysis struct {
	State         string   `json:"state,omitempty"`
	Justification string   `json:"justification,omitempty"`
	Responses     []string `json:"response,omitempty"`
	Detail        string   `json:"detail,omitempty"`
}

type vexTarget struct {
	Ref string `json:"ref"`
}

// WriteVEX writes a CycloneDX 1.6 document in JSON which Read reads into the same statements about the same components. Every
// component gets a reference of its own: the one it came with where that is unique, else a new one.
func WriteVEX(w io.Writer, v VEX) error {
	out := vexDocument{
		Format: "CycloneDX", Spec: "1.6", Serial: v.SerialNumber, Version: 1,
		Components: make([]vexComponent, len(v.Components)), Vulnerabilities: []vexStatements{},
	}
	if !v.Created.IsZero() {
		out.Metadata.Timestamp = v.Created.UTC().Format(time.RFC3339)
	}
	refs, subject := uniqueRefs(v.Components)
	if v.SubjectName != "" {
		out.Metadata.Component = &vexComponent{Type: "application", Ref: subject, Name: v.SubjectName, Version: v.SubjectVersion}
	}
	for i := range v.Components {
		c := &v.Components[i]
		one := vexComponent{Type: c.Type, Ref: refs[i], Group: c.Group, Name: firstOf(c.Name, c.PURL, refs[i]), Version: c.Version, PURL: c.PURL}
		if one.Type == "" {
			one.Type = "library"
		}
		if len(c.CPEs) > 0 {
			one.CPE = c.CPEs[0]
		}
		out.Components[i] = one
	}
	at := map[string]int{}
	for _, s := range v.Statements {
		ref := subject
		if s.Component != Root {
			if s.Component < 0 || s.Component >= len(refs) {
				return fmt.Errorf("write VEX: the statement on %s speaks of component %d of %d", s.Statement.ID, s.Component, len(refs))
			}
			ref = refs[s.Component]
		}
		one := statementsOf(s.Statement)
		key, err := json.Marshal(one)
		if err != nil {
			return fmt.Errorf("write VEX: %w", err)
		}
		i, known := at[string(key)]
		if !known {
			i = len(out.Vulnerabilities)
			at[string(key)] = i
			out.Vulnerabilities = append(out.Vulnerabilities, one)
		}
		out.Vulnerabilities[i].Affects = append(out.Vulnerabilities[i].Affects, vexTarget{ref})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return fmt.Errorf("write VEX: %w", err)
	}
	return nil
}

func statementsOf(s Statement) vexStatements {
	out := vexStatements{ID: s.ID, Affects: []vexTarget{}}
	if s.Source != "" {
		out.Source = &vexSource{s.Source}
	}
	if s.State != "" || s.Justification != "" || s.Detail != "" || len(s.Responses) > 0 {
		out.Analysis = &vexAnalysis{State: s.State, Justification: s.Justification, Responses: s.Responses, Detail: s.Detail}
	}
	return out
}

// uniqueRefs are references for the components, in order, and one for the subject.
func uniqueRefs(components []Component) (refs []string, subject string) {
	count := map[string]int{}
	for i := range components {
		count[components[i].Ref]++
	}
	taken := map[string]bool{}
	fresh := func(base string) string {
		ref := base
		for n := 2; taken[ref] || count[ref] > 0; n++ {
			ref = base + "-" + strconv.Itoa(n)
		}
		taken[ref] = true
		return ref
	}
	refs = make([]string, len(components))
	for i := range components {
		// A reference of the form of a BOM-Link would be taken for one.
		if own := components[i].Ref; own != "" && count[own] == 1 && !strings.HasPrefix(own, "urn:cdx:") {
			refs[i] = own
			continue
		}
		refs[i] = fresh("component-" + strconv.Itoa(i))
	}
	return refs, fresh("subject")
}
