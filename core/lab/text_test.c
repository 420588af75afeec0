#include "lab/text.h"

#include "check.h"

static void json_has_its_commas(void)
{
    struct lab_text text = {0};
    json_object(&text, NULL);
    json_string(&text, "a", "b\"\\\n\x01 é");
    json_array(&text, "list");
    json_number(&text, NULL, 0.1);
    json_integer(&text, NULL, UINT64_MAX);
    json_object(&text, NULL);
    json_end(&text);
    json_array(&text, NULL);
    json_end(&text);
    json_end(&text);
    json_bool(&text, "yes", true);
    json_null(&text, "none");
    json_number(&text, "nan", NAN);
    json_end(&text);
    CHECK_STR(text.data, "{\"a\":\"b\\\"\\\\\\u000a\\u0001 é\","
                         "\"list\":[0.1,18446744073709551615,{},[]],"
                         "\"yes\":true,\"none\":null,\"nan\":null}");
    CHECK(!text.failed);
    lab_text_release(&text);
}

static void malformed_utf8_is_replaced(void)
{
    struct lab_text text = {0};
    json_string(&text, NULL, "a\xe9\xff\xc3\xa9\xe2\x82");
    CHECK_STR(text.data, "\"a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"");
    lab_text_release(&text);
}

static void text_grows(void)
{
    struct lab_text text = {0};
    for (int i = 0; i < 10000; i++)
        lab_text_printf(&text, "%d,", i % 10);
    CHECK_INT(text.size, 20000);
    CHECK_INT(strlen(text.data), 20000);
    lab_text_release(&text);
    CHECK(text.data == NULL);
}

LAB_SUITE(text)
{
    RUN(json_has_its_commas);
    RUN(malformed_utf8_is_replaced);
    RUN(text_grows);
}
