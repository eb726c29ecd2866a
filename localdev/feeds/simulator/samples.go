package simulator

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Samples puts a folder of single records in: osv/*.json and kev.json, as the repository's own samples lie. It lists the
// OSV ecosystems that they name, without releases.
func (s *Server) Samples(dir string) ([]string, error) {
	var ecosystems []string
	files, err := filepath.Glob(filepath.Join(dir, "osv", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var record struct {
			ID       string
			Affected []struct{ Package struct{ Ecosystem string } }
		}
		if err := json.Unmarshal(text, &record); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, a := range record.Affected {
			if name, _, _ := strings.Cut(a.Package.Ecosystem, ":"); name != "" && !slices.Contains(ecosystems, name) {
				ecosystems = append(ecosystems, name)
			}
		}
		if err := s.Put("osv", record.ID, text); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	slices.Sort(ecosystems)
	return ecosystems, s.sampleKEV(filepath.Join(dir, "kev.json"))
}

func (s *Server) sampleKEV(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var catalogue struct{ Vulnerabilities []json.RawMessage }
	if err := json.Unmarshal(text, &catalogue); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, entry := range catalogue.Vulnerabilities {
		var id struct {
			CVE string `json:"cveID"`
		}
		if err := json.Unmarshal(entry, &id); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := s.Put("kev", id.CVE, entry); err != nil {
			return fmt.Errorf("%s: %s: %w", file, id.CVE, err)
		}
	}
	return nil
}
