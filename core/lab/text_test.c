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

static void text_in_memory_of_its_owners(void)
{
    char memory[8];
    struct lab_text text;
    lab_text_over(&text, memory, sizeof memory, NULL);
    lab_text_printf(&text, "%d", 12345);
    lab_text_append(&text, "678", 3);
    lab_text_printf(&text, "%d", 9);
    CHECK_STR(text.data, "1234567");
    CHECK_INT(text.size, 7);
    lab_text_release(&text);
}

static char taken[64];

static int take(struct lab_text *text)
{
    strcat(taken, text->data);
    return strlen(taken) > 40;
}

static void text_flows_through_memory_of_its_owners(void)
{
    char memory[8];
    struct lab_text text;
    lab_text_over(&text, memory, sizeof memory, take);
    lab_text_append(&text, "123456789012345", 15);
    lab_text_printf(&text, "%d", 67890);
    lab_text_printf(&text, "%d", 1234567);
    CHECK_STR(taken, "12345678901234567890");
    CHECK_STR(text.data, "1234567");
    CHECK(!text.failed);
    for (int i = 0; i < 10; i++)
        lab_text_append(&text, "12345678", 8);
    CHECK(text.failed);
    lab_text_release(&text);
}

LAB_SUITE(text)
{
    RUN(json_has_its_commas);
    RUN(malformed_utf8_is_replaced);
    RUN(text_grows);
    RUN(text_in_memory_of_its_owners);
    RUN(text_flows_through_memory_of_its_owners);
}
