package httpapi_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Many clients read nothing before they have sent everything. A document that is refused in its first kilobytes must still
// reach them with its reason, and not as a broken connection.
func TestAnEarlyRefusalReachesAClientThatSendsEverythingFirst(t *testing.T) {
	f := newFixture(t, sbom.DefaultLimits())
	body := `{"bomFormat":"CycloneDX","specVersion":"1.5","components":` + strings.Repeat(`[{"components":`, 2<<20)
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /api/v1/sboms/preview HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nCookie: %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n%s", f.cookie, len(body), body)
	if err != nil {
		t.Fatalf("the connection was closed while the body was on its way: %v", err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", res.StatusCode)
	}
}
