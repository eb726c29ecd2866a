package simulator

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var nvdFile = regexp.MustCompile(`^nvdcve-2\.0-(\d{4})\.(meta|json\.gz)$`)

// nvdFirstYear is the oldest yearly file; it holds the years before, too.
const nvdFirstYear = 2002

// file serves a yearly file or what is said of it. The files are written at midnight (UTC): what changed since is as it
// was before.
func (n *nvd) file(w http.ResponseWriter, r *http.Request, c *call, name string) {
	parts := nvdFile.FindStringSubmatch(name)
	if parts == nil {
		http.NotFound(w, r)
		return
	}
	year, err := strconv.Atoi(parts[1])
	if err != nil || year < nvdFirstYear || year > c.now.UTC().Year() {
		http.NotFound(w, r)
		return
	}
	built := midnight(c.now)
	var list []nvdRecord
	for id, i := range n.at {
		of, err := strconv.Atoi(id[len("CVE-"):][:4])
		if err != nil || max(of, nvdFirstYear) != year {
			continue
		}
		if one := n.records[i].asOf(c.now); one != nil {
			list = append(list, *one)
		}
	}
	sortNVD(list)
	if parts[2] == "meta" {
		sum := sha256.New()
		size := writeYear(sum, list, built)
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "lastModifiedDate:%s\r\nsize:%d\r\nzipSize:%d\r\ngzSize:%d\r\nsha256:%s\r\n",
			built.Format("2006-01-02T15:04:05-07:00"), size, size/9, size/10, strings.ToUpper(hex.EncodeToString(sum.Sum(nil))))
		return
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeYear(z, list, built)
	if err := z.Close(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	whole(w, r, "application/x-gzip", built, packed.Bytes())
}

// writeYear writes the file's content and gives its size.
func writeYear(to io.Writer, list []nvdRecord, built time.Time) (size int64) {
	counted := &counting{to: to}
	out := &writer{w: counted}
	out.printf(`{"resultsPerPage":%d,"startIndex":0,"totalResults":%d,"format":"NVD_CVE","version":"2.0","timestamp":%q,"vulnerabilities":[`,
		len(list), len(list), built.Format(nvdTime))
	for i, one := range list {
		if i > 0 {
			out.printf(",\n")
		}
		out.write(one.item())
	}
	out.printf("]}")
	return counted.n
}

type counting struct {
	to io.Writer
	n  int64
}

// Write implements io.Writer.
func (c *counting) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}
