package cna

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/intel"
)

func TestDecision(t *testing.T) {
	for options, want := range map[string]intel.SSVC{
		`[{"Exploitation":"active"},{"Automatable":"yes"},{"Technical Impact":"total"}]`: {Exploitation: "active", Automatable: "yes", TechnicalImpact: "total"},
		`[{"exploitation":"POC"},{"automatable":"no"},{"technicalImpact":"partial"}]`:    {Exploitation: "poc", Automatable: "no", TechnicalImpact: "partial"},
		`[{"Exploitation":"public poc"},{"Mood":"good"},null,{"Automatable":7}]`:         {Exploitation: "poc"},
		`[{"Exploitation":"rumoured","technical_impact":"total"}]`:                       {TechnicalImpact: "total"},
		`[]`: {}, `[{"Exploitation":""}]`: {},
	} {
		var list []map[string]json.RawMessage
		if err := json.Unmarshal([]byte(options), &list); err != nil {
			t.Fatal(err)
		}
		got, ok := Decision(list)
		if diff := cmp.Diff(want, got); diff != "" || ok != (want != intel.SSVC{}) {
			t.Errorf("%s: %t %s", options, ok, diff)
		}
	}
}

func TestReadLeavesNoHalfCondition(t *testing.T) {
	var c Configuration
	if err := json.Unmarshal([]byte(`{"operator":"and","nodes":[{"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:v:w:*:*:*:*:*:*:*:*"}]},
		{"cpeMatch":[]},{"cpeMatch":[{"criteria":"nonsense"}]}]}`), &c); err != nil {
		t.Fatal(err)
	}
	if got, at, err := c.Read(); err == nil || at != "/nodes/2/cpeMatch/0/criteria" || len(got.Nodes) > 0 {
		t.Errorf("%+v at %s: %v", got, at, err)
	}
	c.Nodes = c.Nodes[:2]
	if got, _, err := c.Read(); err != nil || got.Operator != "AND" || len(got.Nodes) != 1 || got.Nodes[0].Operator != "OR" {
		t.Errorf("%+v: %v", got, err)
	}
}
