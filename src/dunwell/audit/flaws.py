"""What can be wrong with an export, in English and 中文."""

from enum import StrEnum
from typing import Final


class Flaw(StrEnum):
    """One way in which an export, or the checkpoint kept from earlier, fails to prove itself."""

    EMPTY = "empty"
    CUT_LINE = "cut-line"
    LONG_LINE = "long-line"
    HEADER = "header"
    OTHER_KEY = "other-key"
    LINE = "line"
    KIND = "kind"
    ORDER = "order"
    LEAF = "leaf"
    EVENT_LINE = "event-line"
    BODY = "body"
    OTHER_TENANT = "other-tenant"
    CHECKPOINT = "checkpoint"
    CHECKPOINT_PLACE = "checkpoint-place"
    CHECKPOINT_SIGNATURE = "checkpoint-signature"
    ROOT = "root"
    UNCOVERED = "uncovered"
    SIZE = "size"
    TRAILER = "trailer"
    TRAILER_SIGNATURE = "trailer-signature"
    LINES = "lines"
    DIGEST = "digest"
    NO_TRAILER = "no-trailer"
    AFTER_END = "after-end"
    EARLIER_MALFORMED = "earlier-malformed"
    EARLIER_SIGNATURE = "earlier-signature"
    EARLIER_TREE = "earlier-tree"
    EARLIER_ROOT = "earlier-root"
    EARLIER_LONGER = "earlier-longer"


ENGLISH: Final = {
    Flaw.EMPTY: "the file is empty",
    Flaw.CUT_LINE: "the line does not end in a line feed: the file was cut",
    Flaw.LONG_LINE: "the line is longer than any line of an export",
    Flaw.HEADER: "this is not the header of a dunwell-audit/1 export",
    Flaw.OTHER_KEY: "the file names another key than the one you trust: it was signed by somebody else",
    Flaw.LINE: "the line is not one object in canonical JSON (RFC 8785)",
    Flaw.KIND: "a line of this kind does not belong here",
    Flaw.ORDER: "the event is not the next one: an event was dropped, added, repeated or moved",
    Flaw.LEAF: "the leaf hash is not the hash of the body: one of them was changed",
    Flaw.EVENT_LINE: "the line is not written as an export writes this event: it was changed",
    Flaw.BODY: "the body is not canonical JSON of an event",
    Flaw.OTHER_TENANT: "the event belongs to another tenant",
    Flaw.CHECKPOINT: "the checkpoint is not written as an export writes it: it was changed",
    Flaw.CHECKPOINT_PLACE: "the checkpoint is for another number of events than stand before it",
    Flaw.CHECKPOINT_SIGNATURE: "the checkpoint is not signed by the key",
    Flaw.ROOT: "the events so far do not give the signed root: one of them was changed",
    Flaw.UNCOVERED: "no signed checkpoint covers the last events",
    Flaw.SIZE: "the number of events is not the number in the header",
    Flaw.TRAILER: "the trailer is not written as an export writes it: it was changed",
    Flaw.TRAILER_SIGNATURE: "the trailer is not signed by the key",
    Flaw.LINES: "the number of lines is not the signed one: a checkpoint was dropped or added",
    Flaw.DIGEST: "the signed digest covers other bytes: the header was changed",
    Flaw.NO_TRAILER: "the file ends without its trailer: it was cut",
    Flaw.AFTER_END: "there are bytes after the trailer",
    Flaw.EARLIER_MALFORMED: "the earlier checkpoint is not a signed checkpoint",
    Flaw.EARLIER_SIGNATURE: "the earlier checkpoint is not signed by the key of this file",
    Flaw.EARLIER_TREE: "the earlier checkpoint is of another log",
    Flaw.EARLIER_ROOT: "the events do not give the root of the earlier checkpoint: history was rewritten",
    Flaw.EARLIER_LONGER: "the earlier checkpoint covers more events than the file: events are missing",
}

CHINESE: Final = {
    Flaw.EMPTY: "文件为空",
    Flaw.CUT_LINE: "该行没有换行符：文件被截断",
    Flaw.LONG_LINE: "该行超过导出文件任何一行的长度",
    Flaw.HEADER: "不是 dunwell-audit/1 导出文件的首行",
    Flaw.OTHER_KEY: "文件中的公钥不是您信任的公钥：由他人签名",
    Flaw.LINE: "该行不是规范 JSON（RFC 8785）的单个对象",
    Flaw.KIND: "此处不应出现这种行",
    Flaw.ORDER: "事件序号不连续：有事件被删除、增加、重复或移动",
    Flaw.LEAF: "叶哈希与正文不符：其中之一被改动",
    Flaw.EVENT_LINE: "该行写法与导出格式不一致：被改动",
    Flaw.BODY: "正文不是事件的规范 JSON",
    Flaw.OTHER_TENANT: "该事件属于其他机构",
    Flaw.CHECKPOINT: "检查点写法与导出格式不一致：被改动",
    Flaw.CHECKPOINT_PLACE: "检查点所载事件数与其之前的事件数不符",
    Flaw.CHECKPOINT_SIGNATURE: "检查点不是由该公钥签名",
    Flaw.ROOT: "至此的事件算不出已签名的树根：有事件被改动",
    Flaw.UNCOVERED: "最后的事件没有签名检查点覆盖",
    Flaw.SIZE: "事件数与首行所载不符",
    Flaw.TRAILER: "末行写法与导出格式不一致：被改动",
    Flaw.TRAILER_SIGNATURE: "末行不是由该公钥签名",
    Flaw.LINES: "行数与签名所载不符：有检查点被删除或增加",
    Flaw.DIGEST: "签名摘要与内容不符：首行被改动",
    Flaw.NO_TRAILER: "缺少末行：文件被截断",
    Flaw.AFTER_END: "末行之后还有内容",
    Flaw.EARLIER_MALFORMED: "较早的检查点不是签名检查点",
    Flaw.EARLIER_SIGNATURE: "较早的检查点不是由本文件的公钥签名",
    Flaw.EARLIER_TREE: "较早的检查点属于另一日志",
    Flaw.EARLIER_ROOT: "事件算不出较早检查点的树根：历史被改写",
    Flaw.EARLIER_LONGER: "较早的检查点覆盖的事件多于本文件：有事件缺失",
}
