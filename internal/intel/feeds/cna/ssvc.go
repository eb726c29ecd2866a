package cna

import (
	"encoding/json"
	"strings"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// CISA is the organisation whose container in a CVE record holds SSVC decision points (Vulnrichment).
const CISA = "134c704f-9b21-4f2e-91b3-4a467353bcc0"

// Decision reads CISA's decision points. The CVE List writes "Technical Impact" where NVD writes technicalImpact; values
// that SSVC 2.0.3 does not know are left out. ok is false where nothing remains.
func Decision(options []map[string]json.RawMessage) (d intel.SSVC, ok bool) {
	for _, option := range options {
		for key, raw := range option {
			var value string
			if json.Unmarshal(raw, &value) != nil {
				continue
			}
			value = strings.ToLower(clean(value))
			switch strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(key)) {
			case "exploitation":
				switch value {
				case "none", "poc", "active":
					d.Exploitation = value
				case "public poc", "public_poc": // as later versions of SSVC call it
					d.Exploitation = "poc"
				}
			case "automatable":
				if value == "yes" || value == "no" {
					d.Automatable = value
				}
			case "technicalimpact":
				if value == "partial" || value == "total" {
					d.TechnicalImpact = value
				}
			}
		}
	}
	return d, d.Exploitation+d.Automatable+d.TechnicalImpact != ""
}
